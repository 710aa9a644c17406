"use strict";
// Shows the trials. What was said stands in the page as data: it becomes text, and never markup.
(() => {
  const element = (id) => document.getElementById(id);
  const source = element("trial-data");
  if (source === null) return;
  const data = JSON.parse(source.textContent);
  const all = data.trials;
  const BATCH = 100;
  const fields = ["domain", "framing", "outcome"];
  const choices = fields.map((field) => element("filter-" + field));
  const order = element("filter-order"), search = element("filter-text");
  const rows = element("rows"), more = element("more"), dialog = element("trial");
  const orders = [
    (one, other) => (other.score ?? 0) - (one.score ?? 0),
    (one, other) => (one.scenario < other.scenario ? -1 : one.scenario > other.scenario ? 1 : 0),
    (one, other) => other.attempts - one.attempts,
    (one, other) => (other.seconds ?? -1) - (one.seconds ?? -1),
  ];
  let found = all, rendered = 0, current = null;

  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const scored = (trial) => (trial.score === null ? "- no score" : trial.score + " of 5");
  const framing = (trial) => data.framings[trial.framing] + (data.repeated ? " #" + (trial.repetition + 1) : "");
  const word = (trial) => make("span", "word " + data.outcomes[trial.outcome].code, data.outcomes[trial.outcome].word);

  // The list: only rows that are in reach are made.
  const row = (trial, place) => {
    const line = make("tr");
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", place + 2);
    line.dataset.place = place;
    const cell = (tag, role, ...inside) => {
      const made = make(tag);
      made.setAttribute("role", role);
      made.append(...inside);
      line.append(made);
      return made;
    };
    const open = make("button", "open", trial.scenario);
    open.type = "button";
    cell("th", "rowheader", open, make("small", "", data.domains[trial.domain])).scope = "row";
    cell("td", "cell", framing(trial));
    cell("td", "cell", word(trial));
    cell("td", "cell", scored(trial));
    cell("td", "cell", trial.remarks);
    return line;
  };
  const extend = () => {
    const next = found.slice(rendered, rendered + BATCH);
    rows.append(...next.map((trial, index) => row(trial, rendered + index)));
    rendered += next.length;
    more.hidden = rendered >= found.length;
  };

  // The search: a text for each trial, made while nothing else is to be done.
  const prompts = data.prompts.map((turns) => turns.map((turn) => turn[1]).join("\n"));
  const searched = (trial) =>
    (trial.text ??= [
      trial.scenario, data.domains[trial.domain], data.framings[trial.framing], data.outcomes[trial.outcome].word,
      trial.remarks, trial.nodeid, prompts[trial.prompt] ?? "", trial.reply ?? "",
      ...(trial.rest ?? []).map((turn) => turn[1]), trial.rationale ?? "",
    ].join("\n").toLowerCase());
  const prepare = (from) => {
    all.slice(from, from + 250).forEach(searched);
    if (from + 250 < all.length) setTimeout(prepare, 0, from + 250);
  };

  const apply = () => {
    const wanted = choices.map((choice) => (choice.value === "" ? -1 : Number(choice.value)));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = all.filter(
      (trial) =>
        fields.every((field, which) => wanted[which] < 0 || trial[field] === wanted[which]) &&
        words.every((each) => searched(trial).includes(each)),
    );
    if (order.value !== "") found.sort(orders[Number(order.value)]);
    rows.replaceChildren();
    rendered = 0;
    extend();
    element("list").setAttribute("aria-rowcount", found.length + 1);
    element("count").textContent = found.length + " of " + all.length + " trials";
    element("none").hidden = found.length > 0;
  };

  // One trial, beside the other framings of its scenario.
  const key = (trial) => JSON.stringify([trial.domain, trial.scenario]);
  let scenarios = null;
  const siblings = (trial) => {
    scenarios ??= grouped();
    return scenarios.get(key(trial));
  };
  const grouped = () => {
    const groups = new Map();
    for (const trial of all) groups.get(key(trial))?.push(trial) ?? groups.set(key(trial), [trial]);
    return groups;
  };
  const said = (into, title, text) => {
    if (!text) return;
    const shown = make("pre", "", text);
    shown.dir = "auto";
    shown.tabIndex = 0;
    into.append(make("h5", "", title), shown);
  };
  const facts = (trial) => {
    const list = make("dl");
    const fact = (name, value) => {
      if (value === null || value === undefined || value === "") return;
      const line = make("div");
      line.append(make("dt", "", name), make("dd", "", String(value)));
      list.append(line);
    };
    fact("answered by", trial.served ?? (trial.reply === undefined ? null : data.served));
    fact("attempts", trial.attempts);
    fact("seconds", trial.seconds);
    fact("finished", trial.finish);
    fact("remarks", trial.remarks);
    fact("judge", data.controls);
    fact("test", trial.nodeid);
    return list;
  };
  const column = (trial, others) => {
    const made = make("article", trial === current ? "this" : "");
    const verdict = make("p");
    verdict.append(word(trial), trial.score === null ? ", no score" : ", score " + scored(trial));
    made.append(make("h4", "", framing(trial)), verdict);
    if (others.length > 1) {
      const list = make("p");
      for (const other of others.filter((each) => each !== trial)) {
        const button = make("button", "", "#" + (other.repetition + 1) + " " + data.outcomes[other.outcome].word);
        button.type = "button";
        button.addEventListener("click", () => open(other));
        list.append(button);
      }
      made.append(list);
    }
    for (const [role, text] of data.prompts[trial.prompt] ?? []) said(made, { user: "Prompt", system: "System prompt", assistant: "Answer before" }[role] ?? role, text);
    said(made, "Reply", trial.reply);
    for (const [role, text] of trial.rest ?? []) said(made, role === "user" ? "Prompt after it" : "Answer after it", text);
    said(made, "Judge's rationale", trial.rationale);
    made.append(facts(trial));
    return made;
  };
  const draw = () => {
    element("trial-title").textContent = current.scenario + " (" + data.domains[current.domain] + ")";
    element("trial-said").textContent = "";
    const of = new Map();
    for (const each of siblings(current)) of.set(each.framing, [...(of.get(each.framing) ?? []), each]);
    const columns = [...of].map(([name, trials]) =>
      column(name === current.framing ? current : trials.find((each) => each.repetition === current.repetition) ?? trials[0], trials),
    );
    element("trial-framings").replaceChildren(...columns);
    const place = found.indexOf(current);
    element("trial-before").disabled = place < 1;
    element("trial-after").disabled = place + 1 >= found.length;
    element("trial-framings").querySelector(".this").scrollIntoView({ inline: "nearest" });
    dialog.scrollTop = 0;
  };

  // The address names the trial that is open.
  const fragment = (trial) =>
    "#trial=" +
    [data.domains[trial.domain], trial.scenario, data.framings[trial.framing], String(trial.repetition + 1)]
      .map(encodeURIComponent)
      .join("/");
  const address = (hash) => {
    try {
      history.replaceState(null, "", hash);
    } catch {
      // A page within a page has no address of its own.
    }
  };
  const open = (trial) => {
    current = trial;
    if (!dialog.open) dialog.showModal();
    draw();
    address(fragment(trial));
  };
  const opened = () => {
    if (!location.hash.startsWith("#trial=")) return;
    const named = all.find((trial) => fragment(trial) === location.hash);
    if (named !== undefined) open(named);
  };
  const step = (by) => {
    const next = found[found.indexOf(current) + by];
    if (next !== undefined) open(next);
  };
  const move = (by) => {
    const place = Number(document.activeElement?.closest("#rows tr")?.dataset.place ?? (by > 0 ? -1 : 0)) + by;
    if (place >= rendered) extend();
    rows.rows[place]?.querySelector("button").focus();
  };

  element("controls").addEventListener("input", apply);
  element("filter-clear").addEventListener("click", () => {
    for (const control of [...choices, search]) control.value = "";
    apply();
  });
  more.addEventListener("click", extend);
  new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && extend(), { rootMargin: "600px" }).observe(more);
  rows.addEventListener("click", (event) => {
    const line = event.target.closest("tr");
    if (line !== null) open(found[Number(line.dataset.place)]);
  });
  element("trial-before").addEventListener("click", () => step(-1));
  element("trial-after").addEventListener("click", () => step(1));
  element("trial-close").addEventListener("click", () => dialog.close());
  element("trial-link").addEventListener("click", async () => {
    let told = "Copied";
    try {
      await navigator.clipboard.writeText(location.href.split("#")[0] + fragment(current));
    } catch {
      told = "The browser does not allow it: the page's address is the link";
    }
    element("trial-said").textContent = told;
  });
  dialog.addEventListener("close", () => {
    address("#trials");
    const place = found.indexOf(current);
    while (place >= rendered) extend();
    rows.rows[place]?.querySelector("button").focus();
  });
  for (const tile of document.querySelectorAll("[data-domain]")) {
    tile.addEventListener("click", () => {
      choices[0].value = tile.dataset.domain;
      apply();
      if (found.length > 0) return;
      choices[2].value = "";
      apply();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = document.activeElement?.closest("input, select") ?? null;
    const inList = document.activeElement?.closest("#rows, dialog") ?? null;
    const by = { j: 1, k: -1, ...(inList && { ArrowDown: 1, ArrowUp: -1 }) }[event.key];
    if (typing !== null) {
      if (event.key === "Escape") typing.blur();
    } else if (dialog.open) {
      if (event.key === "j" || event.key === "k") step(by);
    } else if (event.key === "/") {
      event.preventDefault();
      search.focus();
    } else if (by !== undefined) {
      event.preventDefault();
      move(by);
    }
  });
  addEventListener("hashchange", opened);

  element("static").classList.add("on-paper");
  element("interactive").hidden = false;
  apply();
  opened();
  setTimeout(prepare, 50, 0);
})();
