/* Shows messages in the colours of the admin. By itself their document takes the system's, which
   are others where somebody has turned the admin's own switch. Without scripts it stays at that. */

(function () {
  "use strict";

  const FRAMES = ".dsn-frame:not(.dsn-frame-paper)";
  // The first that matches is the page's own tag, which stands before all that the message has.
  const TAG = /(<meta name="color-scheme" content=")[a-z ]+(">)/;

  function follow() {
    for (const frame of document.querySelectorAll(FRAMES)) {
      const scheme = getComputedStyle(frame).colorScheme === "dark" ? "dark" : "light";
      const wanted = frame.srcdoc.replace(TAG, `$1${scheme}$2`);
      if (wanted !== frame.srcdoc) frame.srcdoc = wanted;
    }
  }

  follow();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  const theme = { attributeFilter: ["data-theme"] };
  new MutationObserver(follow).observe(document.documentElement, theme);
})();
