// Sends the form again that had to wait, after the time that the server said. Without this script there is a button.
for (const form of document.querySelectorAll("form[data-again]")) {
  const timer = setTimeout(() => form.submit(), Number(form.dataset.again) * 1000);
  form.addEventListener("submit", () => clearTimeout(timer));
}
