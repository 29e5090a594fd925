// What the page can do beyond showing itself. Everything is readable without this script.
(() => {
  "use strict";
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;
  root.classList.add("js");

  // Light or dark: the system's choice until the button is pressed.
  const keep = (theme) => { try { localStorage.setItem("dryroll-theme", theme); } catch { /* a file may have no storage */ } };
  try { const kept = localStorage.getItem("dryroll-theme"); if (kept) root.dataset.theme = kept; } catch { /* as above */ }
  $("#theme").addEventListener("click", () => {
    const dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
    keep(root.dataset.theme);
  });

  // Commands to the clipboard.
  for (const button of $$(".copy")) {
    button.addEventListener("click", async () => {
      const code = $("code", button.parentElement);
      try { await navigator.clipboard.writeText(code.textContent); } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  $("#download").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([$("#outcome").textContent.trim() + "\n"], { type: "application/json" }));
    link.download = "outcome.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  const filter = $("#filter");
  if (filter) {
    const rows = $$("#story tbody tr");
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        if (!row.hidden) shown += 1;
      }
      $("#filtered").textContent = wanted ? `${shown} of ${rows.length}` : "";
    });
  }

  // Who follows a link to a folded part wants to see it.
  const unfold = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    let hidden = false;
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) { hidden ||= !fold.open; fold.open = true; }
    if (hidden) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  addEventListener("beforeprint", () => { folded = $$("details.step:not([open]), #gates details:not([open])"); for (const one of folded) one.open = true; });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });

  // The timeline. Places are counted along the drawn axis ("u"), in which long quiet times are folded.
  const plot = $("#plot");
  if (!plot) return;
  const svg = $("svg", plot);
  const readout = $("#readout");
  plot.append(readout);
  const NS = "http://www.w3.org/2000/svg";
  const make = (tag, className, parent) => { const node = document.createElementNS(NS, tag); node.setAttribute("class", className); parent.append(node); return node; };
  const [width0, height0] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
  const [left0, right0] = [Number(plot.dataset.left), Number(plot.dataset.right)];
  const pieces = plot.dataset.pieces.split(";").map((piece) => {
    const [begin, end, from, to, fold] = piece.split(",").map(Number);
    return { begin, end, from, to, fold };
  });
  const last = pieces[pieces.length - 1];
  const whole = last.to;
  const toU = (time) => {
    const piece = pieces.find((one) => time < one.end) || last;
    return piece.from + Math.min(1, Math.max(0, (time - piece.begin) / (piece.end - piece.begin))) * (piece.to - piece.from);
  };
  const toTime = (u) => {
    const piece = pieces.find((one) => u < one.to) || last;
    return piece.begin + Math.min(1, Math.max(0, (u - piece.from) / (piece.to - piece.from || 1))) * (piece.end - piece.begin);
  };
  const lanes = $$(".lane", svg).map((group) => {
    const text = $("text", group);
    return { group, text, y: Number(group.dataset.y), textX: Number(text.getAttribute("x")), textY: Number(text.getAttribute("y")), short: text.textContent };
  });
  const spans = $$(".span", svg).map((group) => ({ group, begin: Number(group.dataset.b), end: Number(group.dataset.e), rects: $$(":scope > rect", group), words: $(":scope > text", group) }));
  const moments = $$(".moment", svg).map((group) => ({ group, begin: Number(group.dataset.b), x: Number(group.dataset.x), words: group.matches(".fault") ? $("text", group) : null }));
  const events = [...spans, ...moments].filter((one) => one.group.matches(".bar, .fault, .step")).sort((a, b) => a.begin - b.begin);
  for (const one of [...spans, ...moments]) {
    const title = $(":scope > title", one.group);
    one.group.dataset.title = title ? title.textContent : "";
    if (title) title.remove();
  }
  const axisY = Number($(".axis-line line", svg).getAttribute("y1"));
  const top = lanes.length ? lanes[0].y : axisY - 4;
  const cross = make("line", "cross", svg);
  const selection = make("rect", "selection", svg);
  let view = [0, whole];
  let area = { left: left0, right: right0, bottom: axisY };
  const place = (time) => area.left + ((toU(time) - view[0]) / (view[1] - view[0])) * (area.right - area.left);
  const timeAt = (x) => toTime(view[0] + ((x - area.left) / (area.right - area.left)) * (view[1] - view[0]));

  const MS = 1e6, S = 1e9, MIN = 60 * S, H = 60 * MIN, D = 24 * H;
  const ROUND = [[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * MS), [1, 2, 5, 10, 15, 30].map((n) => n * S), [1, 2, 5, 10, 15, 30].map((n) => n * MIN), [1, 2, 3, 6, 12].map((n) => n * H), [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 1e4, 1e5, 1e6].map((n) => n * D)].flat();
  const clock = (time, step) => {
    const length = Math.abs(time), sign = time < 0 ? "−" : "+", two = (n) => String(n).padStart(2, "0");
    if (step >= MS && time === 0) return "0";
    if (step >= D) return `${sign}${Math.round(length / D)} d`;
    if (step >= H) return `${sign}${Math.round(length / H)} h`;
    const ms = Math.floor(length / MS + 1e-6), seconds = Math.floor(ms / 1000);
    const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24, minutes = Math.floor(seconds / 60) % 60;
    const head = days ? `${days} d ${two(hours)}:${two(minutes)}` : hours ? `${hours}:${two(minutes)}` : `${minutes}`;
    const tail = step < S ? `.${String(ms % 1000).padStart(3, "0")}` : "";
    return `${sign}${head}:${two(seconds % 60)}${tail}`;
  };

  function ticks() {
    const axis = $(".axis", svg), grid = $(".grid", svg);
    axis.replaceChildren();
    grid.replaceChildren();
    let free = -Infinity;
    for (const piece of pieces.filter((one) => !one.fold)) {
      const scale = (((piece.to - piece.from) / (piece.end - piece.begin)) * (area.right - area.left)) / (view[1] - view[0]);
      const step = ROUND.find((one) => one * scale >= 84) || ROUND[ROUND.length - 1];
      const begin = Math.max(piece.begin, toTime(view[0])), end = Math.min(piece.end, toTime(view[1]));
      for (let n = Math.ceil(begin / step), count = 0; n * step <= end && count < 400; n += 1, count += 1) {
        const x = place(n * step);
        line(make("line", "line-muted", axis), x, area.bottom, area.bottom + 5);
        line(make("line", "line-grid", grid), x, top, area.bottom - 2);
        const words = clock(n * step, step), half = words.length * 3.2;
        const middle = Math.min(Math.max(x, half), area.right - half + 8);
        if (middle - half < free) continue;
        free = middle + half + 8;
        const text = make("text", "fill-muted", axis);
        text.textContent = words;
        for (const [name, value] of [["x", middle], ["y", area.bottom + 18], ["font-size", 11], ["text-anchor", "middle"]]) text.setAttribute(name, value);
      }
    }
  }
  const line = (node, x, y1, y2) => { for (const [name, value] of [["x1", x], ["x2", x], ["y1", y1], ["y2", y2]]) node.setAttribute(name, value); };
  const box = (node, x, width, y, height) => {
    node.setAttribute("x", x);
    node.setAttribute("width", Math.max(0, width));
    if (y !== undefined) { node.setAttribute("y", y); node.setAttribute("height", Math.max(0, height)); }
  };

  function draw() {
    const width = Math.max(280, plot.clientWidth), narrow = width < 700, extra = narrow ? lanes.length * 14 : 0;
    area = { left: narrow ? 2 : left0, right: narrow ? width - 4 : width - (width0 - right0), bottom: axisY + extra };
    const height = height0 + extra;
    for (const [name, value] of [["viewBox", `0 0 ${width} ${height}`], ["width", width], ["height", height]]) svg.setAttribute(name, value);
    for (const label of $$(".band-label", svg)) label.style.display = narrow ? "none" : "";
    lanes.forEach((lane, index) => {
      lane.group.setAttribute("transform", `translate(0 ${narrow ? (index + 1) * 14 : 0})`);
      lane.text.setAttribute("x", narrow ? area.left : lane.textX);
      lane.text.setAttribute("y", narrow ? lane.y + 1 : lane.textY);
      lane.text.textContent = narrow ? lane.group.dataset.label : lane.short;
      for (const track of $$(".track rect", lane.group)) box(track, area.left, area.right - area.left);
      for (const sum of $$(".sum text", lane.group)) {
        sum.setAttribute("x", narrow ? area.right : area.right + 10);
        sum.setAttribute("text-anchor", narrow ? "end" : "start");
        sum.setAttribute("y", narrow ? lane.y + 1 : lane.textY);
      }
    });
    const [first, end] = [toTime(view[0]), toTime(view[1])];
    for (const span of spans) {
      const seen = span.end >= first && span.begin <= end;
      span.group.style.display = seen ? "" : "none";
      if (!seen) continue;
      const from = Math.max(area.left, place(span.begin)), to = Math.min(area.right, place(span.end));
      const wide = Math.max(3, to - from), x = Math.min(from, area.right - 3);
      const tall = span.group.matches(".fault-shade, .fold");
      for (const rect of span.rects) tall ? box(rect, x, wide, top, area.bottom - 2 - top) : box(rect, x, wide);
      if (span.group.matches(".step")) {
        const { name, number } = span.group.dataset, room = wide - 8;
        const words = name.length * 7.4 <= room ? name : room > 60 ? `${name.slice(0, Math.floor(room / 7.4) - 1)}…` : number.length * 8 <= room ? number : "";
        span.words.textContent = words;
        span.words.setAttribute("x", x + 5);
      } else if (span.group.matches(".bar")) {
        const text = span.group.dataset.text || "";
        const fits = text !== "" && text.length * 6.3 + 12 <= wide;
        if (fits && !span.words) {
          span.words = make("text", "in-bar", span.group);
          span.words.textContent = text;
          span.words.setAttribute("y", Number(span.group.dataset.base));
        }
        if (span.words) { span.words.style.display = fits ? "" : "none"; span.words.setAttribute("x", x + 6); }
      }
    }
    const taken = new Map();
    for (const moment of moments) {
      const x = place(moment.begin);
      moment.group.style.display = x >= area.left - 1 && x <= area.right + 1 ? "" : "none";
      moment.group.setAttribute("transform", `translate(${x - moment.x} 0)`);
      if (moment.words) {
        const row = moment.words.getAttribute("y"), { text, number } = moment.group.dataset, free = taken.get(row) || -Infinity;
        const fits = !narrow && x + 8 + text.length * 6.2 < width && x - 4 > free;
        moment.words.textContent = fits ? text : x - 4 > free ? number : "";
        moment.words.setAttribute("text-anchor", "start");
        moment.words.setAttribute("x", moment.x + 8);
        taken.set(row, x + 14 + moment.words.textContent.length * 6.2);
      }
      if (moment.group.matches(".step-line, .fold-line")) $("line", moment.group).setAttribute("y2", area.bottom - 2);
    }
    const base = $(".axis-line line", svg);
    for (const [name, value] of [["x1", area.left], ["x2", area.right], ["y1", area.bottom], ["y2", area.bottom]]) base.setAttribute(name, value);
    for (const words of $$(".fold-words", svg)) words.style.display = view[1] - view[0] < whole || narrow ? "none" : "";
    ticks();
    cross.style.display = "none";
  }

  function show(from, to) {
    const width = Math.min(whole, Math.max(to - from, whole * 1e-7));
    const begin = Math.min(Math.max(0, (from + to - width) / 2), whole - width);
    view = [begin, begin + width];
    draw();
  }
  const zoom = (factor, at = (view[0] + view[1]) / 2) => show(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
  const pan = (share) => { const step = (view[1] - view[0]) * share; show(Math.min(view[0] + step, whole - (view[1] - view[0])), Math.max(view[1] + step, view[1] - view[0])); };
  const go = (node) => { const [from, to] = [toU(Number(node.dataset.b)), toU(Number(node.dataset.e))]; const margin = Math.max((to - from) * 0.4, whole * 1e-5); show(from - margin, to + margin); };
  const acts = { in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.3), right: () => pan(0.3), all: () => show(0, whole) };
  for (const button of $$("[data-act]")) button.addEventListener("click", () => (button.dataset.act === "go" ? go(button) : acts[button.dataset.act]()));
  for (const link of $$("a.go")) link.addEventListener("click", (event) => { event.preventDefault(); go(link); plot.scrollIntoView({ block: "nearest" }); plot.focus({ preventScroll: true }); });

  // The read-out: the moment, and what is the matter there.
  function tell(x, y, group) {
    const lane = lanes.find((one) => { const box = one.group.getCTM().f / (svg.getCTM().a || 1); return y >= one.y + box - 2 && y < one.y + box + 24; });
    const title = group && group.dataset.title ? group.dataset.title : lane ? `${lane.group.dataset.label}: all well` : "";
    readout.replaceChildren();
    const strong = document.createElement("strong");
    strong.textContent = clock(timeAt(x), MS / 10);
    readout.append(strong, title);
    if (group && group.matches(".bar") && group.closest("a")) {
      const more = document.createElement("em");
      more.textContent = "Click or press Enter for the reason.";
      readout.append(more);
    }
    readout.hidden = false;
    const wide = plot.clientWidth, left = x + 16 + readout.offsetWidth > wide ? x - 16 - readout.offsetWidth : x + 16;
    readout.style.left = `${Math.max(0, left)}px`;
    readout.style.top = `${Math.max(0, Math.min(y + 14, plot.clientHeight - readout.offsetHeight))}px`;
    line(cross, x, top - 4, area.bottom);
    cross.style.display = "";
  }
  const hush = () => { readout.hidden = true; cross.style.display = "none"; };
  const local = (event) => { const frame = svg.getBoundingClientRect(); return [event.clientX - frame.left, event.clientY - frame.top]; };
  let drag = null, dragged = false;
  svg.addEventListener("pointerdown", (event) => { if (event.button === 0) { drag = local(event)[0]; dragged = false; } });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("pointermove", (event) => {
    const [x, y] = local(event);
    if (drag !== null && (dragged || Math.abs(x - drag) > 6)) {
      if (!dragged) svg.setPointerCapture(event.pointerId);
      dragged = true;
      box(selection, Math.min(x, drag), Math.abs(x - drag), top, area.bottom - top);
    }
    if (x < area.left || x > area.right) hush(); else tell(x, y, event.target.closest(".span, .moment"));
  });
  svg.addEventListener("pointerup", (event) => {
    const x = local(event)[0];
    box(selection, 0, 0);
    if (drag !== null && dragged) show(toU(timeAt(Math.min(x, drag))), toU(timeAt(Math.max(x, drag))));
    drag = null;
  });
  svg.addEventListener("pointercancel", () => { drag = null; box(selection, 0, 0); });
  svg.addEventListener("pointerleave", hush);
  svg.addEventListener("click", (event) => { if (dragged) { event.preventDefault(); dragged = false; } }, true);
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, toU(timeAt(local(event)[0])));
  }, { passive: false });

  let picked = -1;
  function pick(next) {
    if (!events.length) return;
    if (events[picked]) events[picked].group.classList.remove("picked");
    picked = (next + events.length) % events.length;
    const { group, begin, end = begin } = events[picked], [from, to] = [toU(begin), toU(end)];
    group.classList.add("picked");
    if (from < view[0] || from > view[1]) { const width = view[1] - view[0]; show(from - width / 3, from + (width * 2) / 3); }
    const frame = svg.getBoundingClientRect(), seen = group.getBoundingClientRect();
    tell(Math.min(Math.max(place(toTime((from + Math.min(to, view[1])) / 2)), area.left), area.right), seen.bottom - frame.top - 4, group);
  }
  const keys = { ArrowLeft: acts.left, ArrowRight: acts.right, "+": acts.in, "=": acts.in, "-": acts.out, 0: acts.all, Escape: () => { hush(); acts.all(); }, ArrowDown: () => pick(picked + 1), ArrowUp: () => pick(picked - 1), n: () => pick(picked + 1), p: () => pick(picked < 0 ? -1 : picked - 1), Enter: () => { const link = events[picked] && events[picked].group.closest("a"); if (link) location.hash = link.getAttribute("href"); } };
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  plot.addEventListener("blur", hush);
  new ResizeObserver(draw).observe(plot);
  draw();
})();
