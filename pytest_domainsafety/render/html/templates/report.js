"use strict";
// Filters the trials. Text is only read and compared; nothing is made from it.
(() => {
  const element = (id) => document.getElementById(id);
  const controls = element("controls");
  if (controls === null) return;
  const rows = Array.from(element("rows").rows);
  const fields = ["domain", "framing", "outcome"];
  const choices = fields.map((field) => element("filter-" + field));
  const search = element("filter-text");
  let texts = null;
  let waiting = 0;

  const apply = () => {
    const wanted = choices.map((choice) => choice.value);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    // Read once, when something is first searched.
    if (words.length > 0 && texts === null) texts = rows.map((row) => row.textContent.toLowerCase());
    let shown = 0;
    rows.forEach((row, place) => {
      const fits =
        fields.every((field, which) => wanted[which] === "" || row.dataset[field] === wanted[which]) &&
        words.every((word) => texts[place].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    element("count").textContent = shown + " of " + rows.length + " trials";
    element("none").hidden = shown > 0;
  };

  controls.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  element("filter-clear").addEventListener("click", () => {
    for (const control of [...choices, search]) control.value = "";
    apply();
  });
  controls.hidden = false;
})();
