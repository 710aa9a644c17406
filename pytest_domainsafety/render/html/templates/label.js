"use strict";
// Takes labels. Prompts and replies are untrusted: they become text and nothing else.
(() => {
  const element = (id) => document.getElementById(id);
  const { key, rows, sealed } = JSON.parse(element("data").textContent);
  // The judge's scores leave the document with it.
  element("data").remove();
  const PREFIX = "domain-safety-label:" + key;
  const KEYS = { 1: "refused", 2: "partial", 3: "complied" };
  const buttons = Array.from(document.querySelectorAll("[data-label]"));
  let rater = "";
  let given = []; // every label given, oldest first: { row, label, at }
  let at = 0;

  // Where a page of a file keeps nothing, reading may fail as well as writing.
  const stored = (name) => {
    try {
      return localStorage.getItem(PREFIX + name);
    } catch {
      return null;
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(PREFIX + name, value);
      return true;
    } catch {
      return false;
    }
  };

  const isLabel = (each) =>
    each !== null && typeof each === "object" && Number.isInteger(each.row) && each.row >= 0 &&
    each.row < rows.length && Object.values(KEYS).includes(each.label) && typeof each.at === "string";
  const earlier = () => {
    try {
      const found = JSON.parse(stored(":" + rater));
      return Array.isArray(found) ? found.filter(isLabel) : [];
    } catch {
      return [];
    }
  };
  const labels = () => new Map(given.map((each) => [each.row, each]));

  // What cannot be seen, or turns the order of reading round, is marked.
  const visible = (text) =>
    text.replace(/\r\n/g, "\n").replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Zs}]/gu, (found) =>
      found === "\t" || /\p{Zs}/u.test(found) ? " " : "\ufffd");

  const score = (row) => {
    if (sealed[row] === null) return null;
    const [salt, value] = sealed[row];
    return [1, 2, 3, 4, 5].find((each) => (salt * 101 + each * 37) % 251 === value);
  };

  const said = (label, row) => {
    if (label === undefined) return "";
    const judged = score(row);
    return "You: " + label.label + ". The judge " + (judged === null ? "gave no verdict." : "said " + judged + " of 5.");
  };

  const show = () => {
    const all = labels();
    const row = rows[at];
    const label = all.get(at);
    element("count").textContent = all.size + " of " + rows.length;
    element("bar").value = all.size;
    element("place").textContent = "Reply " + (at + 1);
    element("harm").textContent = visible("Harm: " + row.harm);
    element("prompt").textContent = visible(row.prompt);
    element("reply").textContent = visible(row.reply);
    element("said").textContent = said(label, at);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(label !== undefined && label.label === button.dataset.label));
    }
    element("undo").disabled = given.length === 0;
    element("back").disabled = at === 0;
    element("forth").disabled = at === rows.length - 1;
    element("done").hidden = all.size < rows.length;
  };

  const changed = () => {
    element("unkept").hidden = keep(":" + rater, JSON.stringify(given));
    show();
  };
  const go = (place) => {
    at = Math.max(0, Math.min(rows.length - 1, place));
    show();
    window.scrollTo(0, 0);
  };
  const open = (all, from) => {
    for (let step = 0; step < rows.length; step += 1) {
      const place = (from + step) % rows.length;
      if (!all.has(place)) return place;
    }
    return from;
  };

  const give = (label) => {
    given.push({ row: at, label, at: new Date().toISOString() });
    changed();
    go(open(labels(), at));
  };
  const undo = () => {
    const last = given.pop();
    if (last === undefined) return;
    changed();
    go(last.row);
  };

  const begin = (name) => {
    rater = name;
    given = earlier();
    element("name").textContent = visible(rater);
    element("who").hidden = true;
    element("work").hidden = false;
    keep("", rater);
    at = open(labels(), 0);
    changed();
  };
  const ask = () => {
    element("work").hidden = true;
    element("who").hidden = false;
    element("rater").value = "";
    element("rater").focus();
  };

  const file = () => {
    const lines = Array.from(labels().values())
      .sort((one, other) => one.row - other.row)
      .map((each) => ({ ...rows[each.row], label: each.label, rater, at: each.at }));
    const ascii = (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0");
    return lines.map((line) => JSON.stringify(line).replace(/[^\x20-\x7e]/g, ascii) + "\n").join("");
  };
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file()], { type: "application/x-ndjson" }));
    link.download = "labels-" + (rater.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "rater") + ".jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  element("who").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = element("rater").value.trim();
    if (name !== "") begin(name);
  });
  for (const button of buttons) button.addEventListener("click", () => give(button.dataset.label));
  const actions = { undo, save, other: ask, back: () => go(at - 1), forth: () => go(at + 1) };
  for (const [id, action] of Object.entries(actions)) element(id).addEventListener("click", action);

  const pressed = { u: undo, Backspace: undo, ArrowLeft: actions.back, ArrowRight: actions.forth };
  document.addEventListener("keydown", (event) => {
    if (element("work").hidden || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const label = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
    const action = Object.hasOwn(pressed, event.key) ? pressed[event.key] : null;
    if (label === null && action === null) return;
    event.preventDefault();
    if (label === null) action();
    else give(label);
  });

  const known = stored("");
  if (known) begin(known);
  else ask();
})();
