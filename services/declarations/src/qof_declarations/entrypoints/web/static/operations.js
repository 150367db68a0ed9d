// Keeps the operator's page up to date: fetches it again every few seconds, each browser at moments of its own, and puts
// the new parts in the place of the old. What is open stays open, where one reads is left alone. Without this script
// the page reloads itself.
const SOONEST_S = 4;
const LONGEST_S = 30;
let failures = 0;

const looked = document.getElementById("looked");

function put(fresh, id) {
  const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
  if (!next) throw new Error(`the answer has no ${id}`);
  if (old.innerHTML === next.innerHTML) return;
  const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
  const scrolled = [...old.querySelectorAll(".qof-wide")].map((one) => one.scrollLeft);
  const focused = [...old.querySelectorAll("[tabindex], summary")].indexOf(document.activeElement);
  old.replaceChildren(...next.childNodes);
  open.forEach((one) => document.getElementById(one)?.setAttribute("open", ""));
  old.querySelectorAll(".qof-wide").forEach((one, place) => {
    one.scrollLeft = scrolled[place] ?? 0;
  });
  if (focused >= 0) old.querySelectorAll("[tabindex], summary")[focused]?.focus({ preventScroll: true });
}

async function look() {
  try {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    if (answer.status === 401) {
      looked.textContent = "You were signed out. Load this page again; it comes back here.";
      return;
    }
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    put(fresh, "verdicts");
    put(fresh, "parts");
    looked.textContent = fresh.getElementById("looked").textContent;
    document.title = fresh.title;
    failures = 0;
  } catch {
    failures += 1;
    looked.textContent = "The pages themselves do not answer at the moment: what you see is older. This page goes on trying.";
  }
  later();
}

function later() {
  const seconds = Math.min(SOONEST_S * 2 ** Math.min(failures, 3), LONGEST_S);
  setTimeout(look, seconds * (1 + Math.random() / 2) * 1000);
}

later();
