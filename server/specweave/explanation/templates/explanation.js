"use strict";
(function () {
  const data = JSON.parse(document.getElementById("rows").textContent);
  const picker = document.getElementById("picker");
  const filter = document.getElementById("filter");
  const panel = document.getElementById("row");
  const SVG = "http://www.w3.org/2000/svg";
  const MOST_BARS = 10;

  function make(tag, text, attributes) {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) element.textContent = text;
    for (const name in attributes || {}) element.setAttribute(name, attributes[name]);
    return element;
  }
  function draw(tag, attributes, text) {
    const element = document.createElementNS(SVG, tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function digits(value) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size >= 1000) return Math.round(value).toLocaleString("en-US");
    return value === 0 ? "0" : String(Number(value.toPrecision(4)));
  }
  function signed(value) {
    const size = Math.abs(value);
    return (value < 0 ? "−" : "+") + (size < 100 ? String(Number(size.toPrecision(2))) : digits(size));
  }
  function bars(one) {
    const shown = one.shares.slice(0, MOST_BARS).map(s => [s[1] === "" ? s[0] : s[0] + " = " + s[1], s[2]]);
    const rest = one.shares.slice(MOST_BARS);
    if (rest.length) shown.push([rest.length + " more", rest.reduce((sum, s) => sum + s[2], 0)]);
    return shown;
  }
  function isNarrow() { return panel.clientWidth > 0 && panel.clientWidth < 700; }
  function waterfall(one) {
    // In a narrow window a column's name stands above its bar, else before it.
    const narrow = isNarrow(), list = bars(one), left = narrow ? 0 : 260, width = narrow ? Math.max(260, panel.clientWidth) : 680;
    const height = narrow ? 48 : 30, inside = narrow ? 20 : 4, top = 24, bottom = narrow ? 64 : 44;
    const total = top + list.length * height + bottom, whole = narrow ? width : 960;
    const svg = draw("svg", { viewBox: "0 0 " + whole + " " + total, width: whole, role: "img", class: "waterfall",
      "aria-label": "Waterfall of " + one.label + ", from the average " + digits(one.base) + " to " + digits(one.total) });
    let at = one.total, low = Math.min(one.base, one.total), high = Math.max(one.base, one.total);
    for (const [, amount] of list) { at -= amount; low = Math.min(low, at); high = Math.max(high, at); }
    const span = high - low || 1, x = value => left + 70 + (value - low) / span * (width - 140);
    svg.append(draw("line", { x1: x(one.base), x2: x(one.base), y1: top - 6, y2: total - bottom + 6, class: "average" }));
    at = one.total;
    list.forEach(([name, amount], place) => {
      const y = top + place * height, from = at - amount, start = Math.min(x(from), x(at)), end = Math.max(x(from), x(at));
      const label = name.length > 34 ? name.slice(0, 33) + "…" : name;
      const text = draw("text", narrow ? { x: 2, y: y + 14 } : { x: left - 8, y: y + 19, "text-anchor": "end" }, label);
      text.append(draw("title", {}, name));
      svg.append(text);
      const bar = draw("rect", { x: start, y: y + inside, width: Math.max(1.5, end - start), height: 22, class: amount > 0 ? "up" : "down" });
      bar.append(draw("title", {}, name + ": " + signed(amount)));
      svg.append(bar);
      svg.append(draw("text", { x: amount > 0 ? end + 5 : start - 5, y: y + inside + 15, "text-anchor": amount > 0 ? "start" : "end", class: "amount" }, signed(amount)));
      at = from;
    });
    svg.append(draw("line", { x1: x(one.total), x2: x(one.total), y1: top - 6, y2: total - bottom + 6, class: "own" }));
    const unit = data.unit.replace("the answered class", one.answer), ends = "average " + digits(one.base) + " (dotted), this row " + digits(one.total) + " (line)";
    (narrow ? [unit + ":", ends] : [unit + ": " + ends]).forEach((line, at, lines) =>
      svg.append(draw("text", { x: left + (narrow ? 2 : 0), y: total - 12 - 20 * (lines.length - 1 - at) }, line)));
    return svg;
  }
  function table(heads, rows) {
    const made = make("table"), head = make("tr"), body = make("tbody"), wrap = make("div", null, { class: "scroll" });
    heads.forEach(text => head.append(make("th", text)));
    rows.forEach(cells => { const line = make("tr"); cells.forEach(text => line.append(make("td", text))); body.append(line); });
    const top = make("thead"); top.append(head); made.append(top, body); wrap.append(made);
    return wrap;
  }
  function changes(found) {
    const part = make("section"); part.append(make("h3", "What would change the answer to " + found.wanted));
    part.append(make("p", "Columns that may change: " + found.allowed.join(", ") + "."));
    if (!found.found.length) { part.append(make("p", "Nothing found: " + found.none_because + ".")); return part; }
    part.append(table(["change", "score before", "score after", "like known rows"], found.found.map(one => [
      one.changes.map(c => c.column + ": " + c.before + " → " + c.after).join("; "), digits(one.before), digits(one.after),
      Math.round(100 * one.plausibility) + " % of training rows are as unusual"])));
    return part;
  }
  function lime(found) {
    const part = make("details"); part.append(make("summary", "The same row by LIME (fit R² " + digits(found.fit) + ")"));
    part.append(table(["while it stays so", "the score is higher by", "standard error"],
      found.weights.map(one => [one.condition, signed(one.weight), digits(one.error)])));
    if (found.fit < 0.5) part.append(make("p", "The linear model fits badly here; do not rely on these weights.", { class: "warn" }));
    return part;
  }
  function show(one) {
    panel.replaceChildren();
    panel.append(make("h3", one.label + ": " + one.answer + (one.truth ? " (true: " + one.truth + ")" : "")));
    if (one.why) panel.append(make("p", "Chosen as " + one.why + "."));
    if (one.sentence) panel.append(make("p", one.sentence, { class: "verdict sentence" }));
    const frame = make("div", null, { class: "scroll" }); frame.append(waterfall(one)); panel.append(frame);
    if (one.changes) panel.append(changes(one.changes));
    if (one.lime) panel.append(lime(one.lime));
    const all = make("details"); all.append(make("summary", "All columns of this row"));
    all.append(table(["column", "value", data.unit], one.shares.map(s => [s[0], s[1], signed(s[2])])));
    panel.append(all);
  }
  function fill(text) {
    const wanted = text.trim().toLowerCase();
    const fits = one => !wanted || (one.label + " " + one.answer + " " + (one.why || "")).toLowerCase().includes(wanted) ||
      one.shares.some(s => (s[0] + "=" + s[1]).toLowerCase().includes(wanted) || (s[0] + " = " + s[1]).toLowerCase().includes(wanted));
    picker.replaceChildren();
    let count = 0;
    for (const [title, rows] of [["Chosen rows", data.chosen], ["More rows, by score", data.others]]) {
      const group = make("optgroup", null, { label: title });
      rows.forEach(one => { if (fits(one)) { count += 1; group.append(make("option", one.label + ": " + one.answer + " (" + digits(one.score) + ")" + (one.why ? ", " + one.why : ""), { value: one.row })); } });
      if (group.childElementCount) picker.append(group);
    }
    document.getElementById("count").textContent = count + (count === 1 ? " row" : " rows");
  }
  const all = data.chosen.concat(data.others);
  function pick(row) {
    const one = all.find(found => String(found.row) === String(row)) || all[0];
    if (!one) return;
    show(one); picker.value = String(one.row);
  }
  picker.addEventListener("change", () => { history.replaceState(null, "", "#row-" + picker.value); pick(picker.value); });
  filter.addEventListener("input", () => { fill(filter.value); if (picker.options.length) pick(picker.options[0].value); });
  window.addEventListener("hashchange", () => pick(location.hash.replace("#row-", "")));
  let wasNarrow = isNarrow();
  window.addEventListener("resize", () => { if (isNarrow() !== wasNarrow) { wasNarrow = isNarrow(); pick(picker.value); } });
  fill("");
  pick(location.hash.replace("#row-", ""));
})();
