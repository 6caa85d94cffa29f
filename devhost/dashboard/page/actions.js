/** What one can do to an instance, with the questions that come before. */

import { act, ApiError, purge, raiseEvent } from "./api.js";
import { ask } from "./dialogs.js";
import { h, notice } from "./dom.js";
import { instanceAddress } from "./route.js";
import { allows, hasEnded, isEntity } from "./status.js";

const OPERATIONS = ["raise", "suspend", "resume", "restart", "rewind", "terminate", "purge"];
const LABELS = {
  raise: "Raise event",
  suspend: "Suspend",
  resume: "Resume",
  restart: "Restart",
  rewind: "Rewind",
  terminate: "Terminate",
  purge: "Purge",
};
const WHY_NOT = {
  raise: "The instance has ended",
  suspend: "The instance has ended or is suspended",
  resume: "The instance is not suspended",
  rewind: "Only a failed instance can be rewound",
  terminate: "The instance has ended",
  purge: "Only an instance that has ended can be purged",
};
const NOT_FOR_ENTITIES = "An entity can only be purged";
const reason = { name: "reason", label: "Reason (optional)" };

/** The buttons for one instance. `done()` is called after each operation. */
export class Actions {
  #id;
  #done;
  #status = "";
  #buttons = new Map();

  constructor(id, done) {
    this.#id = id;
    this.#done = done;
    this.element = h("div", { class: "actions", role: "group", "aria-label": "Actions" });
    for (const name of OPERATIONS) {
      const danger = name === "terminate" || name === "purge";
      const button = h(
        "button",
        { type: "button", class: danger ? "danger" : null, onclick: () => this.#run(name) },
        LABELS[name],
      );
      this.#buttons.set(name, button);
      this.element.append(button);
    }
  }

  show(instance) {
    this.#status = instance.runtimeStatus;
    for (const [name, button] of this.#buttons) {
      button.disabled = !allows(name, instance);
      button.title = button.disabled ? (isEntity(instance) ? NOT_FOR_ENTITIES : WHY_NOT[name]) : "";
    }
  }

  async #run(name) {
    try {
      const said = await this[name]();
      if (said) notice(said);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notice(`${LABELS[name]}: ${error.message}`, "failed");
    }
    this.#done();
  }

  async raise() {
    const given = await ask({
      title: "Raise an event",
      fields: [
        { name: "name", label: "Event name", required: true, hint: "Letter case matters to the orchestrator." },
        { name: "body", label: "Body (JSON)", type: "json", value: "null", check: complaint },
      ],
      confirm: "Raise event",
    });
    if (!given) return null;
    await raiseEvent(this.#id, given.name, given.body);
    return `Event ${given.name} raised.`;
  }

  async suspend() {
    await act(this.#id, "suspend");
    return "Suspending.";
  }

  async resume() {
    await act(this.#id, "resume");
    return "Resuming.";
  }

  async terminate() {
    const text = "It ends at once and runs no compensation. Its sub-orchestrations go on.";
    const given = await ask({
      title: "Terminate this instance?",
      text,
      fields: [reason],
      confirm: "Terminate",
      danger: true,
    });
    if (!given) return null;
    await act(this.#id, "terminate", given);
    return "Terminating.";
  }

  async rewind() {
    const text = "What failed is taken out of its history and runs again.";
    const given = await ask({
      title: "Rewind this instance?",
      text,
      fields: [reason],
      confirm: "Rewind",
      danger: true,
    });
    if (!given) return null;
    await act(this.#id, "rewind", given);
    return "Rewinding.";
  }

  async restart() {
    const same = {
      name: "same",
      label: "Under the same id",
      type: "checkbox",
      hint: "Replaces this instance and its history.",
    };
    const given = await ask({
      title: "Restart with the same input?",
      text: "The orchestration starts from the beginning, as a new instance unless you say otherwise.",
      fields: hasEnded(this.#status) ? [same] : [],
      confirm: "Restart",
      danger: true,
    });
    if (!given) return null;
    const started = await act(this.#id, "restart", { restartWithNewInstanceId: !given.same });
    if (started.id !== this.#id) location.hash = instanceAddress(started.id);
    return given.same ? "Started again." : "Started again as a new instance.";
  }

  async purge() {
    const text = "It is deleted for good, with its history or state.";
    if (!(await ask({ title: "Purge this instance?", text, confirm: "Purge", danger: true }))) return null;
    await purge(this.#id);
    location.hash = "#/instances";
    return "Purged.";
  }
}

function complaint(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `This is not JSON: ${error.message}`;
  }
}
