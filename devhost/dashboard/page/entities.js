/** The entities with their state. */

import { listEntities } from "./api.js";
import { breakable, h, setText } from "./dom.js";
import { typed } from "./fields.js";
import { clock, parseTime, zone } from "./format.js";
import { instanceAddress, replaceRoute, sectionAddress } from "./route.js";
import { valueBlock } from "./value.js";

const PAGE = 50;

export class EntitiesView {
  title = "Entities";
  #refresh;
  #name;
  #pages = [null];
  #next = null;
  #shown = new Map();
  #summary;
  #cards;
  #back;
  #on;

  constructor(route, refresh) {
    this.#refresh = refresh;
    this.#name = route.query.get("name") ?? "";
    this.#summary = h("p", { class: "summary", role: "status" }, "Reading…");
    this.#cards = h("ul", { class: "cards" });
    this.#back = h("button", { type: "button", disabled: true, onclick: () => this.#turn(this.#pages.slice(0, -1)) }, "← Previous");
    this.#on = h("button", { type: "button", disabled: true, onclick: () => this.#turn([...this.#pages, this.#next]) }, "Next →");
    this.element = h(
      "div",
      { class: "view" },
      h("h1", {}, "Entities"),
      h(
        "form",
        { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        h(
          "label",
          { class: "field" },
          h("span", {}, "Entity name"),
          typed("name", this.#name, (value) => this.#filter(value)),
        ),
      ),
      this.#summary,
      this.#cards,
      h("nav", { class: "pages", "aria-label": "Pages" }, this.#back, this.#on),
    );
  }

  async refresh(signal) {
    const { rows, token } = await listEntities(this.#name.trim(), PAGE, this.#pages.at(-1), signal);
    this.#next = token;
    this.#draw(rows);
  }

  #filter(name) {
    this.#name = name;
    replaceRoute(sectionAddress("entities", { name }));
    this.#turn([null]);
  }

  #turn(pages) {
    this.#pages = pages;
    this.#refresh();
  }

  #draw(rows) {
    const kept = new Map();
    rows.forEach((row, n) => {
      const text = JSON.stringify(row);
      const old = this.#shown.get(row.entityId.name + "@" + row.entityId.key);
      const card = old?.text === text ? old : { text, element: cardOf(row) };
      kept.set(row.entityId.name + "@" + row.entityId.key, card);
      if (old && old !== card) old.element.remove();
      if (this.#cards.children[n] !== card.element)
        this.#cards.insertBefore(card.element, this.#cards.children[n] ?? null);
    });
    for (const [id, card] of this.#shown) if (!kept.has(id)) card.element.remove();
    this.#shown = kept;
    const page = this.#pages.length;
    const count = `${rows.length} ${rows.length === 1 ? "entity" : "entities"}`;
    const none = this.#name ? "No entity of this name." : "No entity yet. Signal or call one and it appears here.";
    setText(this.#summary, rows.length === 0 ? none : page > 1 || this.#next ? `${count} on page ${page}` : count);
    this.#back.disabled = page === 1;
    this.#on.disabled = !this.#next;
    this.#back.parentNode.hidden = page === 1 && !this.#next;
  }
}

function cardOf({ entityId: { name, key }, lastOperationTime, state }) {
  const when = h(
    "time",
    { datetime: lastOperationTime, title: lastOperationTime },
    `${clock(parseTime(lastOperationTime))} ${zone(parseTime(lastOperationTime))}`,
  );
  const link = h("a", { href: instanceAddress(`@${name}@${key}`), class: "id" }, breakable(key || "(empty key)"));
  return h(
    "li",
    { class: "card" },
    h("h2", {}, h("span", { class: "kind" }, name), " ", link),
    h("p", { class: "hint" }, "Last operation ", when),
    valueBlock(state, "no state"),
  );
}
