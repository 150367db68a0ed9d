// Marks that scripts run, then starts the components of the NHS.UK frontend. Every page works without it.
import { initAll } from "./nhsuk-frontend.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
