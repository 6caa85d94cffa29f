/** The frame around the views: which one is shown, when it is refreshed, and what is wrong with the host. */

import { keepKey, takeKeyFromAddress } from "./api.js";
import { InstanceView } from "./detail.js";
import { askForKey } from "./dialogs.js";
import { EntitiesView } from "./entities.js";
import { ListView } from "./list.js";
import { Poller } from "./poller.js";
import { readRoute } from "./route.js";

const main = document.getElementById("main");
const banner = document.getElementById("banner");
const live = document.getElementById("live");
let view = null;
let asking = false;

const poller = new Poller((signal) => view.refresh(signal), report);

function show() {
  const route = readRoute();
  const refresh = () => poller.now();
  poller.stop();
  view?.close?.();
  if (route.section === "entities") view = new EntitiesView(route, refresh);
  else view = route.id === null ? new ListView(route, refresh) : new InstanceView(route, refresh);
  for (const section of ["instances", "entities"]) {
    const link = document.getElementById(`to-${section}`);
    if (route.section === section) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view.title} · Durable dashboard`;
  main.replaceChildren(view.element);
  scrollTo(0, 0);
  poller.now();
}

async function report(error) {
  banner.hidden = error === null || error.status === 401;
  if (error === null) return;
  if (error.status !== 401) {
    banner.textContent = error.message;
    return;
  }
  if (asking) return;
  asking = true;
  keepKey(await askForKey(sessionStorage.length > 0));
  asking = false;
  poller.now();
}

takeKeyFromAddress();
live.addEventListener("change", () => (poller.live = live.checked));
document.getElementById("skip").addEventListener("click", () => main.focus());
addEventListener("hashchange", show);
show();
