"use strict";
/* A page that is too old to be believed says so itself, even where no server is left to ask. */
(() => {
  const root = document.documentElement;
  const until = Date.parse(root.dataset.until);
  const look = () => {
    if (Date.now() <= until) return false;
    root.classList.add("old");
    document.getElementById("stale").hidden = false;
    return true;
  };
  if (look()) return;
  const timer = setInterval(() => {
    if (Date.now() <= until) return;
    clearInterval(timer);
    /* Ask once for a newer one; a mirror that has none shows this page again, and it then says so. */
    location.reload();
    setTimeout(look, 5000);
  }, 5000);
})();
