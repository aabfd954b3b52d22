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
      this.summary = root.querySelector("summary");
      this.unread = Number(this.find("badge").textContent);
      this.mark = null;
      this.polls = false;
      root.addEventListener("toggle", () => { if (root.open) this.opened(); });
      root.addEventListener("keydown", (event) => this.pressed(event));
      document.addEventListener("click", (event) => { if (!root.contains(event.target)) root.open = false; });
      this.find("all").addEventListener("submit", (event) => this.markAll(event));
      document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.listen()));
      if (!document.hidden) this.listen();
    }

    /* ── What is new ─────────────────────────────────────────────────────── */

    listen() {
      this.rest();
      if (this.polls || !window.EventSource) return this.poll();
      this.source = new EventSource(this.root.dataset.stream);
      this.source.onmessage = (event) => this.show(JSON.parse(event.data));
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
        if (answer.ok) this.show(await answer.json());
        return answer.status !== 401; // logged out: there is nothing more to ask for
      } catch {
        return true; // the network is away
      }
    }

    /* ── What is shown ───────────────────────────────────────────────────── */

    show(standing) {
      const badge = this.find("badge");
      const label = this.root.dataset.label.replace("{count}", standing.unread);
      const mark = `${standing.unread} ${standing.latest}`;
      const isNews = this.mark !== null && this.mark !== mark;
      badge.textContent = standing.unread > 99 ? "99+" : String(standing.unread);
      badge.hidden = standing.unread === 0;
      this.find("all").hidden = standing.unread === 0;
      this.summary.setAttribute("aria-label", label);
      if (standing.unread > this.unread) this.find("spoken").textContent = label;
      this.unread = standing.unread;
      this.mark = mark;
      if (isNews && this.root.open) this.fill();
    }

    async opened() {
      await this.fill();
      // Only what is shown has been seen: something newer may have come meanwhile.
      if (this.shown) this.change(this.root.dataset.seen, { until: this.shown });
    }

    async fill() {
      const { messages, limit } = this.root.dataset;
      const answer = await fetch(`${messages}?limit=${limit}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const found = (await answer.json()).messages;
      this.shown = found.length ? found[0].key : "";
      const focused = document.activeElement && document.activeElement.closest("[data-key]");
      const list = this.find("list");
      list.replaceChildren(...found.map((message) => this.item(message)));
      this.find("empty").hidden = found.length > 0;
      if (focused) this.focus(list.querySelector(`[data-key="${focused.dataset.key}"]`));
    }

    item(message) {
      const item = this.find("item").content.firstElementChild.cloneNode(true);
      const link = item.querySelector(".dsn-bell-subject");
      const time = item.querySelector("time");
      const words = message.subject ? message.text : "";
      item.dataset.key = message.key;
      item.classList.add(`dsn-bell-${message.level}`);
      item.classList.toggle("dsn-bell-unread", !message.read);
      link.textContent = message.subject || message.text;
      if (message.actions.length) {
        link.href = message.actions[0].url;
        link.addEventListener("click", () => this.changeOne(message.key, true));
      }
      item.querySelector(".dsn-bell-text").textContent = words;
      time.dateTime = message.created_at;
      time.textContent = new Date(message.created_at).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
      item.querySelector(".dsn-bell-others").textContent =
        message.count > 1 ? this.root.dataset.more.replace("{count}", message.count - 1) : "";
      const button = item.querySelector(".dsn-bell-read");
      button.hidden = message.read;
      button.setAttribute("aria-label", `${button.textContent}: ${link.textContent}`);
      button.addEventListener("click", () => this.read(item, message.key));
      return item;
    }

    /* ── What is done ────────────────────────────────────────────────────── */

    async read(item, key) {
      if (!(await this.changeOne(key))) return;
      await this.fill();
      this.focus(this.find("list").querySelector(`[data-key="${key}"]`));
    }

    focus(item) {
      // Marked, its button is gone: on to the next that has one, so that no key press is lost.
      let next = item;
      while (next && next.querySelector(".dsn-bell-read").hidden) next = next.nextElementSibling;
      (next ? next.querySelector(".dsn-bell-read") : this.summary).focus();
    }

    async markAll(event) {
      event.preventDefault();
      if (!(await this.change(this.root.dataset.readAll, { until: this.shown || "" }))) return;
      await this.fill();
      this.summary.focus();
    }

    changeOne(key, keepalive = false) {
      return this.change(`${this.root.dataset.messages}${key}/read/`, {}, keepalive);
    }

    async change(url, fields = {}, keepalive = false) {
      const token = this.root.querySelector("[name=csrfmiddlewaretoken]").value;
      const body = new URLSearchParams(fields);
      try {
        const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body, keepalive });
        if (answer.ok) this.show(await answer.json());
        return answer.ok;
      } catch {
        return false;
      }
    }

    pressed(event) {
      if (event.key !== "Escape" || !this.root.open) return;
      this.root.open = false;
      this.summary.focus();
    }
  }

  const start = () => document.querySelectorAll("[data-dsn-bell]").forEach((root) => new Bell(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
