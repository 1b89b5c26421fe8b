import { T } from "../texts.ts";
import { STEPS } from "./html.ts";

/** The one script of all pages. Without it everything works; with it pages move, and keys do what the footer says. */
export const SCRIPT = `"use strict";
(() => {
  const base = document.body.dataset.base;
  const main = () => document.getElementById("main");
  const connection = document.getElementById("connection");

  // The answer to a form stands under the address that it can be read again by.
  const here = main().dataset.here;
  if (here && here !== location.pathname) history.replaceState(null, "", here);

  // Times, in the viewer's zone.
  const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const STEPS = ${JSON.stringify(STEPS)};
  function relative(ms) {
    const distance = Math.abs(ms);
    const [unit, size] = STEPS.find(([, step]) => distance >= step) || STEPS.at(-1);
    const count = Math.floor(distance / size);
    if (count === 0) return ${JSON.stringify(T.now)};
    return (ms < 0 ? ${JSON.stringify(T.ago("%"))} : ${JSON.stringify(T.inTime("%"))}).replace("%", count + " " + unit);
  }
  function tellTimes() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const date = new Date(time.dateTime);
      time.textContent = relative(date - Date.now());
      time.title = absolute.format(date);
    }
  }
  setInterval(tellTimes, 10000);

  // A page that shows what moves reads itself anew.
  let reading = false;
  let again = false;
  const isBusy = () =>
    main().querySelector("details.ask[open], [data-edited], input[type=checkbox]:checked") !== null ||
    (main().contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName));
  async function refresh(always) {
    if (reading) { again = true; return; }
    if (!always && isBusy()) return;
    reading = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      if (fresh) swap(fresh);
      if (page.title) document.title = page.title;
    } catch {
      // The connection tells when it is back.
    } finally {
      reading = false;
      if (again) { again = false; refresh(false); }
    }
  }
  function swap(fresh) {
    const old = main();
    const focused = old.contains(document.activeElement) ? pathTo(document.activeElement) : undefined;
    const side = old.querySelector(".side");
    const scrolled = side ? side.scrollTop : 0;
    const open = [...old.querySelectorAll("details[id][open]")].map(({ id }) => id);
    const said = old.querySelector(".flash.said");
    if (said && !fresh.querySelector(".flash.said")) fresh.querySelector(".head")?.after(said);
    old.replaceWith(document.adoptNode(fresh));
    const newSide = main().querySelector(".side");
    if (newSide) newSide.scrollTop = scrolled;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) main().querySelector(focused)?.focus({ preventScroll: true });
    mark();
    tellTimes();
  }
  function pathTo(element) {
    if (element.id) return "#" + CSS.escape(element.id);
    const href = element.getAttribute("href");
    return href ? element.tagName.toLowerCase() + '[href="' + CSS.escape(href) + '"]' : undefined;
  }

  let source;
  function listen() {
    source = new EventSource(base + "/events");
    source.addEventListener("hello", ({ data }) => {
      connection.textContent = "";
      if (data !== main().dataset.version) refresh(true);
    });
    for (const name of ["changed", "inbox", "tick"])
      source.addEventListener(name, () => {
        if (main().dataset.live === name || (name === "changed" && main().dataset.live)) refresh(name === "changed");
      });
    source.onerror = () => {
      connection.textContent = ${JSON.stringify(T.connectionLost)};
      // Browsers give up when a server answers by an error; this does not.
      if (source.readyState === 2) setTimeout(listen, 1000);
    };
  }
  if (main().dataset.live) listen();
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", ({ persisted }) => { if (persisted && main().dataset.live) listen(); });

  document.addEventListener("input", ({ target }) => target.form?.setAttribute("data-edited", ""));
  // Menus that choose, and forms that send themselves.
  document.addEventListener("change", ({ target }) => {
    if (target.form?.hasAttribute("data-auto")) target.form.requestSubmit();
    if (target.matches("[data-all]"))
      for (const box of document.querySelectorAll('input[type=checkbox][name="' + target.dataset.all + '"]')) box.checked = target.checked;
  });

  // Keys.
  let at = -1;
  const rows = () => [...main().querySelectorAll("[data-row]")];
  function mark() {
    const all = rows();
    all.forEach((row, index) => row.classList.toggle("here", index === at));
  }
  function move(step) {
    const all = rows();
    if (all.length === 0) return;
    if (at < 0) at = all.findIndex((row) => row.querySelector("[aria-current]"));
    at = Math.max(0, Math.min(all.length - 1, at + step));
    mark();
    const row = all[at];
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("a")?.focus({ preventScroll: true });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("details.ask[open]")) { open.open = false; open.querySelector("summary").focus(); }
      if (isTyping) event.target.blur();
      return;
    }
    if (isTyping) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "x") rows()[at]?.querySelector("input[type=checkbox]")?.click();
    else if (event.key === "r") {
      const ask = (rows()[at] ?? main()).querySelector("[data-key=r]") ?? main().querySelector("[data-key=r]");
      if (!ask) return;
      event.preventDefault();
      if (ask.tagName === "DETAILS") { ask.open = true; ask.querySelector("button")?.focus(); }
      else ask.click();
    }
  });
  document.addEventListener("click", ({ target }) => {
    for (const open of document.querySelectorAll("details.ask[open]")) if (!open.contains(target)) open.open = false;
  });
  // Where the sections are wider than the screen, the one that is open is in sight.
  const nav = document.querySelector(".top nav");
  const section = nav?.querySelector("[aria-current]");
  if (section) nav.scrollLeft = section.offsetLeft - (nav.clientWidth - section.offsetWidth) / 2;
  tellTimes();
})();
`;

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#1f5fbf" stroke-width="2" stroke-linejoin="round"><path d="M3 6.5h18v11H3z"/><path d="m3 7 9 6.5L21 7"/></svg>`;
