"use strict";
/* Which copy tells of the most? The reader's own browser asks each for its signed manifest, when it is told to.
   What no site of this record signed is not believed; without this script the page names all copies as before. */
(() => {
  const part = document.getElementById("ask-copies");
  if (!part || !window.fetch || !(window.crypto && crypto.subtle)) return;
  const words = part.dataset, here = JSON.parse(words.here);
  const WAIT_MS = 8000, LONGEST = 65536;
  const FORM = /^\{"signature":"([0-9a-f]{128})","stated":(\{[^]*\})\}$/;
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

  const isSigned = async (key, signature, stated) => {
    const known = await crypto.subtle.importKey("raw", bytes(key), { name: "Ed25519" }, false, ["verify"]);
    const said = new TextEncoder().encode(`tidegate site manifest 1\n${stated}`);
    return crypto.subtle.verify({ name: "Ed25519" }, known, bytes(signature), said);
  };

  const includes = (more, less) => Object.keys(less).every((name) => (more[name] || 0) >= less[name]);

  const standing = (stated) => {
    if (!(Date.parse(stated.valid_until) > Date.now())) return "lapsed";
    const theirs = stated.heads || {}, ours = here.heads;
    if (!Object.keys(theirs).length || !Object.keys(ours).length) return "good";
    const more = includes(theirs, ours), less = includes(ours, theirs);
    return more && less ? "same" : more ? "newer" : less ? "older" : "apart";
  };

  const asked = async (address) => {
    const limit = AbortSignal.timeout(WAIT_MS);
    const how = { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };
    const answer = await fetch(`${address}/manifest.json`, { ...how, signal: limit });
    const found = answer.ok ? FORM.exec((await answer.text()).slice(0, LONGEST).trim()) : null;
    if (!found) return "silent";
    const stated = JSON.parse(found[2]), key = String(stated.public_key);
    if (!here.keys.includes(key)) return "wrong";
    let holds;
    try {
      holds = await isSigned(key, found[1], found[2]);
    } catch {
      return "unchecked"; /* a browser that does not know this kind of signature */
    }
    return holds ? standing(stated) : "wrong";
  };

  const ask = async (place) => {
    const told = place.querySelector("[role=status]");
    told.textContent = words.asking;
    told.textContent = words[await asked(place.dataset.copy).catch(() => "silent")];
  };

  const button = part.querySelector("button");
  button.addEventListener("click", async () => {
    button.disabled = true;
    await Promise.all([...document.querySelectorAll("[data-copy]")].map(ask));
    button.disabled = false;
  });
  part.hidden = false;
})();
