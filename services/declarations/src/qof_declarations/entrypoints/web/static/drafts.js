// Keeps what is being typed: a form with data-draft is sent there a few seconds after a change, and when the page is
// hidden. The server shows it again on the page, whatever happens to this one. Without this script nothing else changes.
const QUIET_MS = 2000;
const told = document.querySelector("[data-draft-told]");
if (told) told.textContent = "What you type is kept if you have to stop here.";

for (const form of document.querySelectorAll("form[data-draft]")) {
  let timer;
  let sending;
  let isSent = false;
  let isChanged = false;

  const keep = async () => {
    clearTimeout(timer);
    if (!isChanged || isSent) return;
    isChanged = false;
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") typed.append(name, value);
    sending = new AbortController();
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST", body: typed, keepalive: true, signal: sending.signal, credentials: "same-origin",
      });
      if (!answer.ok) isChanged = true; // not taken: the next change or the form itself carries it
      else if (told) told.textContent = "What you typed is kept.";
    } catch {
      isChanged = true; // away, or aborted: the next change or the form itself carries it
    }
  };

  form.addEventListener("input", () => {
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(keep, QUIET_MS);
  });
  form.addEventListener("submit", () => {
    isSent = true;
    clearTimeout(timer);
    sending?.abort(); // so that a late draft does not follow what was sent
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
  // Back from the browser's memory: the form can be typed into again.
  window.addEventListener("pageshow", () => { isSent = false; });
}
