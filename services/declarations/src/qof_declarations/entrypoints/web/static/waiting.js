// Keeps the waiting page up to date: told by the server as things move; where that does not work, asking now and then,
// each browser at moments of its own. The page never goes anywhere by itself. Without this script it reloads itself.
const LONGEST_S = 60;
const page = document.getElementById("waiting").dataset.page;
let failures = 0;

const region = () => document.getElementById("waiting");

function say(text) {
  const line = document.getElementById("looked");
  if (line) line.textContent = text;
}

// A new stage changes headings, steps and links: the server writes those, so they are fetched from it.
async function showStage() {
  const answer = await fetch(page, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.getElementById("waiting");
  if (!next) return;
  const isReading = region().contains(document.activeElement);
  region().replaceChildren(...next.childNodes);
  region().dataset.stage = next.dataset.stage;
  document.title = fresh.title;
  const button = region().querySelector("a.nhsuk-button");
  // Focus moves to what can be done now, unless somebody is elsewhere on the page.
  if (button && (isReading || document.activeElement === document.body)) button.focus({ preventScroll: true });
}

async function show(place) {
  failures = 0;
  if (place.stage !== region().dataset.stage) return showStage();
  const status = region().querySelector("[role=status]");
  place.sentences.forEach((sentence, number) => {
    const line = status.children[number] ?? status.appendChild(document.createElement("p"));
    if (line.textContent !== sentence) line.textContent = sentence;
  });
  while (status.children.length > place.sentences.length) status.lastElementChild.remove();
  const bar = document.getElementById("place");
  if (bar && place.position) {
    bar.max = place.waiting;
    bar.value = place.waiting - place.position;
    const number = (value) => value.toLocaleString("en-GB");
    region().querySelector("label[for=place]").textContent =
      `Of ${number(place.waiting)} in the queue, ${number(place.position - 1)} are before you`;
  }
  say(`Looked at ${new Date().toLocaleTimeString("en-GB", { timeZone: "Europe/London" })}.`);
}

function later(seconds) {
  const jitter = 1 + Math.random() / 2;
  setTimeout(ask, Math.min(seconds, LONGEST_S) * jitter * 1000);
}

async function ask() {
  try {
    const answer = await fetch(`${page}/now`, { credentials: "same-origin" });
    if (answer.status === 401) {
      say("You were signed out. Sign in again when you come back to this page; your place stays.");
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const place = await answer.json();
    await show(place);
    if (!place.is_settled) later(place.poll_after_seconds);
  } catch {
    failures += 1;
    say("We are busy or out of reach. This page goes on trying by itself.");
    later(5 * 2 ** Math.min(failures, 4));
  }
}

function listen() {
  const stream = new EventSource(`${page}/events`);
  stream.addEventListener("waiting", async (event) => {
    const place = JSON.parse(event.data);
    if (place.is_settled) stream.close(); // or the browser would come back for ever
    try {
      await show(place);
    } catch {
      later(5);
    }
  });
  stream.addEventListener("error", () => {
    // A stream that ended is opened again by the browser; one that was refused is not.
    if (stream.readyState === EventSource.CLOSED) later(2);
  });
}

if ("EventSource" in window) listen();
else later(2);
