/* Keeps each bell up to date: by server-sent events, or by asking where there are none. */
"use strict";
(() => {
  if (window.dsnBell) return;
  window.dsnBell = true;

  const POLL_MS = 1500; // while somebody is there
  const IDLE_POLL_MS = 15000;
  const IDLE_AFTER_MS = 300000; // without a key or a pointer
  let lastTouched = Date.now();
  for (const kind of ["pointermove", "keydown", "focusin"]) {
    document.addEventListener(kind, () => { lastTouched = Date.now(); }, { passive: true });
  }

  class Bell {
    constructor(root) {
      this.root = root;
      this.find = (name) => root.querySelector(`[data-dsn-${name}]`);
      this.details = root.querySelector("details");
      this.summary = root.querySelector("summary");
      this.unread = Number(this.find("badge").textContent);
      this.mark = null;
      this.polls = false;
      this.asked = 0;
      this.answered = 0;
      this.details.addEventListener("toggle", () => { if (this.details.open) this.opened(); });
      root.addEventListener("keydown", (event) => this.pressed(event));
      document.addEventListener("click", (event) => { if (!root.contains(event.target)) this.details.open = false; });
      this.find("all").addEventListener("submit", (event) => this.markAll(event));
      document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.listen()));
      if (!document.hidden) this.listen();
    }

    /* ── What is new ─────────────────────────────────────────────────────── */

    listen() {
      this.rest();
      if (this.polls || !window.EventSource) return this.poll();
      this.source = new EventSource(this.root.dataset.stream);
      this.source.onmessage = (event) => this.hear(JSON.parse(event.data));
      this.source.onerror = () => {
        // The browser tries again by itself, unless it was told that there is no stream.
        if (this.source && this.source.readyState === EventSource.CLOSED) {
          this.source = null;
          this.polls = true;
          this.poll();
        }
      };
    }

    rest() {
      clearTimeout(this.timer);
      if (this.source) this.source.close();
      this.source = null;
    }

    async poll() {
      clearTimeout(this.timer);
      const goesOn = await this.ask();
      if (!goesOn || document.hidden) return;
      const idle = Date.now() - lastTouched > IDLE_AFTER_MS;
      this.timer = setTimeout(() => this.poll(), idle ? IDLE_POLL_MS : POLL_MS);
    }

    async ask() {
      try {
        const answer = await fetch(this.root.dataset.unread, { headers: { Accept: "application/json" } });
        if (answer.ok) this.hear(await answer.json());
        return answer.status !== 401; // logged out: there is nothing more to ask for
      } catch {
        return true; // the network is away
      }
    }

    hear(standing) {
      const known = this.mark;
      this.show(standing);
      if (this.mark !== known && this.details.open) this.fill();
    }

    /* ── What is shown ───────────────────────────────────────────────────── */

    show(standing) {
      const badge = this.find("badge");
      const label = this.root.dataset.label.replace("{count}", standing.unread);
      badge.textContent = standing.unread > 99 ? "99+" : String(standing.unread);
      badge.hidden = standing.unread === 0;
      this.find("all").hidden = standing.unread === 0;
      this.summary.setAttribute("aria-label", label);
      // Words that stand there already would not be read out again.
      if (standing.unread < this.unread) this.find("spoken").textContent = "";
      if (standing.unread > this.unread) this.find("spoken").textContent = label;
      this.unread = standing.unread;
      this.mark = `${standing.unread} ${standing.latest}`;
    }

    async opened() {
      await this.fill();
      // Only what is shown has been seen: something newer may have come meanwhile.
      if (this.shown) await this.change(this.root.dataset.seen, { until: this.shown });
    }

    async fill() {
      const turn = ++this.asked;
      const found = await this.messages();
      if (turn < this.answered) return; // a later question was answered first
      this.answered = turn;
      this.find("failed").hidden = found !== null;
      if (found !== null) this.list(found);
    }

    async messages() {
      const { messages, limit } = this.root.dataset;
      try {
        const answer = await fetch(`${messages}?limit=${limit}`, { headers: { Accept: "application/json" } });
        return answer.ok ? (await answer.json()).messages : null;
      } catch {
        return null;
      }
    }

    /* What is there stays where it is, so that nobody's key press or place is lost. */
    list(found) {
      const list = this.find("list");
      const focused = list.contains(document.activeElement) ? document.activeElement : null;
      const keys = new Set(found.map((message) => message.key));
      for (const item of [...list.children]) if (!keys.has(item.dataset.key)) item.remove();
      found.forEach((message, place) => {
        const item = list.querySelector(`[data-key="${message.key}"]`) || this.item(message);
        if (list.children[place] !== item) list.insertBefore(item, list.children[place] || null);
        this.update(item, message);
      });
      this.shown = found.length ? found[0].key : "";
      this.find("empty").hidden = found.length > 0;
      if (focused && !focused.isConnected) this.summary.focus();
      else if (focused && focused.hidden) this.focus(focused.closest("[data-key]"));
    }

    item(message) {
      const item = this.find("item").content.firstElementChild.cloneNode(true);
      const link = item.querySelector(".dsn-bell-subject");
      const time = item.querySelector("time");
      const button = item.querySelector(".dsn-bell-read");
      item.dataset.key = message.key;
      item.classList.add(`dsn-bell-${message.level}`);
      link.textContent = message.subject || message.text;
      if (message.actions.length) {
        link.href = message.actions[0].url;
        link.addEventListener("click", () => this.changeOne(message.key, true));
      }
      item.querySelector(".dsn-bell-text").textContent = message.subject ? message.text : "";
      time.dateTime = message.created_at;
      time.textContent = new Date(message.created_at).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
      button.setAttribute("aria-label", `${button.textContent}: ${link.textContent}`);
      button.addEventListener("click", () => this.changeOne(message.key));
      return item;
    }

    update(item, message) {
      item.classList.toggle("dsn-bell-unread", !message.read);
      item.querySelector(".dsn-bell-read").hidden = message.read;
      item.querySelector(".dsn-bell-others").textContent =
        message.count > 1 ? this.root.dataset.more.replace("{count}", message.count - 1) : "";
    }

    focus(item) {
      // Marked, its button is gone: on to the next that has one, so that no key press is lost.
      let next = item;
      while (next && next.querySelector(".dsn-bell-read").hidden) next = next.nextElementSibling;
      (next ? next.querySelector(".dsn-bell-read") : this.summary).focus();
    }

    /* ── What is done ────────────────────────────────────────────────────── */

    async markAll(event) {
      event.preventDefault();
      if (await this.change(this.root.dataset.readAll, { until: this.shown || "" })) this.summary.focus();
    }

    changeOne(key, keepalive = false) {
      return this.change(`${this.root.dataset.messages}${key}/read/`, {}, keepalive);
    }

    async change(url, fields = {}, keepalive = false) {
      const done = await this.post(url, fields, keepalive);
      this.find("failed").hidden = done;
      return done;
    }

    async post(url, fields, keepalive) {
      const token = this.root.querySelector("[name=csrfmiddlewaretoken]").value;
      const body = new URLSearchParams(fields);
      try {
        const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body, keepalive });
        if (answer.ok) this.hear(await answer.json());
        return answer.ok;
      } catch {
        return false;
      }
    }

    pressed(event) {
      if (event.key !== "Escape" || !this.details.open) return;
      this.details.open = false;
      this.summary.focus();
    }
  }

  const start = () => document.querySelectorAll("[data-dsn-bell]").forEach((root) => new Bell(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
