// The exact answer follows the estimate: when nothing has moved for a while, the server is asked for it.
const data = JSON.parse(document.getElementById("what-if-data").textContent);
const place = document.getElementById("exact");
const inputs = data.sliders.map(one => document.getElementById(`what-if-${one.key}`));
let asked = 0, due = 0;
const way = () => {
  const query = new URLSearchParams({ activity: place.dataset.activity });
  data.sliders.forEach((one, i) => {
    const at = Number(inputs[i].value);
    const alike = one.stops.filter(stop => stop.text === one.stops[at].text).length > 1;
    if (at !== one.planned) query.set(one.key, alike ? `${one.stops[at].text} #${at}` : one.stops[at].text);
  });
  return query.toString();
};
const ask = async mine => {
  const answer = await fetch(`${place.dataset.exact}?${way()}`, { headers: { accept: "application/json" } });
  if (mine !== asked) return;
  if (answer.redirected || !answer.ok) { place.textContent = "The server gave no answer. Load the page again."; return; }
  const told = await answer.json();
  if (mine !== asked) return;
  place.innerHTML = told.part;
  if (told.again_s) setTimeout(() => mine === asked && ask(mine).catch(lost), 1000 * told.again_s);
};
const lost = () => { place.textContent = "The server cannot be reached: what stands here is the estimate alone."; };
const later = () => {
  const mine = ++asked;
  clearTimeout(due);
  history.replaceState(null, "", `?${way()}`);
  place.textContent = "The exact answer follows when nothing has moved for a second …";
  due = setTimeout(() => ask(mine).catch(lost), 1000);
};
inputs.forEach(one => one.addEventListener("input", later));
document.querySelector('[data-part="reset"]').addEventListener("click", later);
later();
