// Shows what the server sees as it sees it. A page that hears nothing says so: what is old is never shown as new.
const part = document.getElementById("live");
const late = document.getElementById("live-late");
let within = 1000 * Number(part.dataset.within);
let heard = Date.now();
const source = new EventSource(part.dataset.stream);
source.addEventListener("seen", event => {
  heard = Date.now();
  late.hidden = true;
  part.classList.remove("late-view");
  const open = new Set([...part.querySelectorAll("details[open]")].map(one => one.id));
  part.innerHTML = JSON.parse(event.data);
  for (const one of part.querySelectorAll("details")) if (open.has(one.id)) one.open = true;
});
source.addEventListener("over", () => { source.close(); location.reload(); });
setInterval(() => {
  if (Date.now() - heard <= within) return;
  late.hidden = false;
  late.textContent = `This page is blind: it has heard nothing from the server for ${Math.round((Date.now() - heard) / 1000)} s.`;
  part.classList.add("late-view");
}, 1000);
