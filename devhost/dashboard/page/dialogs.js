/** Questions to the reader, in modal dialogs that the keyboard can answer. */

import { h } from "./dom.js";

/** Ask for the key until one is given. `refused` says that the last one did not fit. */
export async function askForKey(refused) {
  for (;;) {
    const given = await ask({
      title: "This host asks for a key",
      text: refused
        ? "The key was not accepted. Give the system key or the master key, which the host printed when it made them."
        : "Give the system key or the master key, which the host printed when it made them. It is kept for this tab only.",
      fields: [{ name: "key", label: "Key", type: "password", required: true }],
      confirm: "Use this key",
    });
    if (given) return given.key;
  }
}

/**
 * One dialog with fields; the values by name, null when it was cancelled.
 * A field is `{name, label, type, value, required, hint, check}`; `check(value)` gives a complaint or "".
 */
export function ask({ title, text, fields = [], confirm, danger = false }) {
  return new Promise((resolve) => {
    const inputs = fields.map(input);
    const dialog = h(
      "dialog",
      { "aria-labelledby": "dialog-title" },
      h(
        "form",
        { onsubmit: submitted },
        h("h2", { id: "dialog-title" }, title),
        text ? h("p", {}, text) : null,
        inputs.map(({ row }) => row),
        h(
          "div",
          { class: "buttons" },
          h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
          h("button", { type: "submit", class: danger ? "danger solid" : "solid" }, confirm),
        ),
      ),
    );

    function submitted(event) {
      event.preventDefault();
      for (const { field, control } of inputs) {
        const complaint = field.check?.(control.value) ?? "";
        control.setCustomValidity(complaint);
        if (!control.reportValidity()) return;
      }
      const values = inputs.map(({ field, control }) => [
        field.name,
        field.type === "checkbox" ? control.checked : control.value,
      ]);
      answer(Object.fromEntries(values));
    }

    let done = false;
    function answer(values) {
      if (done) return;
      done = true;
      dialog.remove();
      resolve(values);
    }

    dialog.addEventListener("close", () => answer(null));
    document.body.append(dialog);
    dialog.showModal();
    inputs[0]?.control.focus();
  });
}

function input(field) {
  const id = `field-${field.name}`;
  const checkbox = field.type === "checkbox";
  const control = h(field.type === "json" ? "textarea" : "input", {
    id,
    name: field.name,
    type: field.type === "json" ? null : (field.type ?? "text"),
    required: field.required,
    checked: checkbox && field.value,
    value: checkbox || field.type === "json" ? null : (field.value ?? ""),
    rows: field.type === "json" ? 5 : null,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": field.hint ? `${id}-hint` : null,
    oninput: () => control.setCustomValidity(""),
  });
  if (field.type === "json") control.value = field.value ?? "";
  const label = h("label", { for: id }, field.label);
  const hint = field.hint ? h("small", { id: `${id}-hint` }, field.hint) : null;
  const row = h(
    "div",
    { class: checkbox ? "field check" : "field" },
    checkbox ? [control, label] : [label, control],
    hint,
  );
  return { field, control, row };
}
