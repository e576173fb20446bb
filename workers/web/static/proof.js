// Solves the task of a form in the background; without it the form is taken when it has been open for half a minute.
"use strict";
const form = document.querySelector("form[data-challenge]");
if (form && window.Worker && window.isSecureContext) {
  const token = form.elements.form.value;
  const worker = new Worker(form.dataset.worker);
  let waits = false;
  let over = false;
  const end = (number) => {
    over = true;
    form.elements.proof.value = number;
    worker.terminate();
    if (waits) form.requestSubmit();
  };
  worker.onmessage = (event) => end(event.data ? String(event.data.number) : "");
  worker.onerror = () => end("");
  worker.postMessage({
    type: "work",
    payload: { algorithm: "SHA-256", challenge: form.dataset.challenge, salt: token },
    start: 0,
    max: Number(form.dataset.tries),
  });
  form.addEventListener("submit", (event) => {
    if (over) return;
    event.preventDefault();
    waits = true;
    form.querySelector("button[type=submit]").setAttribute("aria-busy", "true");
  });
}
