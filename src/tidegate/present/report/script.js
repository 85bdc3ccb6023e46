// Adds a read-out to the charts: pointer, focus and arrow keys. The pictures are complete without it.
"use strict";
(() => {
  const numbers = JSON.parse(document.getElementById("numbers").textContent);
  const figures = Array.from(document.querySelectorAll("figure[data-chart]"), (figure) => ({
    figure,
    frame: figure.querySelector(".frame"),
    cursor: figure.querySelector(".cursor"),
    readout: figure.querySelector(".readout"),
    ...numbers.charts[figure.dataset.chart],
  }));

  const joined = (...parts) => parts.join("\u00a0");
  const digits = (value) => (Math.abs(value) >= 9.95 ? value.toFixed(0) : String(Number(value.toFixed(value >= 0.95 ? 1 : 2))));
  const count = (value) => {
    for (const [scale, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
      if (value >= scale * 0.9995) return joined(digits(value / scale), letter);
    }
    return digits(value);
  };
  const twoUnits = (whole, large, rest, small) => (rest ? joined(whole, large, rest, small) : joined(whole, large));
  const duration = (seconds) => {
    if (seconds < 1) return seconds > 0 ? joined(digits(seconds * 1000), "ms") : joined("0", "s");
    if (seconds < 100) return joined(digits(seconds), "s");
    const whole = Math.round(seconds);
    if (whole < 7200) return twoUnits(Math.floor(whole / 60), "min", whole % 60, "s");
    const minutes = Math.round(seconds / 60);
    return twoUnits(Math.floor(minutes / 60), "h", minutes % 60, "min");
  };
  const quantity = (value, unit) => {
    if (unit === "s") return duration(value);
    if (unit === "ratio") return joined(digits(100 * value), "%");
    return unit === "per_s" ? `${count(value)}/s` : count(value);
  };

  const sentence = (chart, at) => {
    const { times_s: times, at_s: start } = numbers.cases[chart.case];
    const since = times[at] - start;
    const when = since < 0 ? `${duration(-since)} before` : `+${duration(since)}`;
    return `${when}: ${chart.series.map((one) => `${one.name} ${quantity(one.values[at], one.unit)}`).join(", ")}`;
  };

  // All charts of a case move together: what was offered and how long it took belong to one moment.
  const show = (index, chartCase) => {
    for (const chart of figures) {
      if (chart.case !== chartCase) continue;
      const times = numbers.cases[chart.case].times_s;
      const share = (times[index] - times[0]) / (times[times.length - 1] - times[0] || 1);
      for (const end of ["x1", "x2"]) chart.cursor.setAttribute(end, `${100 * share}%`);
      chart.figure.classList.add("live");
      chart.readout.textContent = sentence(chart, index);
      chart.frame.setAttribute("aria-valuenow", String(index));
      chart.frame.setAttribute("aria-valuetext", chart.readout.textContent);
    }
  };

  const nearest = (times, time) => {
    let low = 0;
    let high = times.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time) low = middle;
      else high = middle;
    }
    return time - times[low] <= times[high] - time ? low : high;
  };

  for (const chart of figures) {
    const { times_s: times, at_s: start } = numbers.cases[chart.case];
    const last = times.length - 1;
    const { frame } = chart;
    const now = () => Number(frame.getAttribute("aria-valuenow"));
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "slider", "aria-label": frame.dataset.label,
      "aria-valuemin": "0", "aria-valuemax": String(last),
      "aria-valuenow": String(nearest(times, start)), "aria-valuetext": sentence(chart, nearest(times, start)),
    })) frame.setAttribute(name, value);
    const point = (event) => {
      const box = frame.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      show(nearest(times, times[0] + share * (times[last] - times[0])), chart.case);
    };
    frame.addEventListener("pointermove", point);
    frame.addEventListener("pointerdown", point);
    frame.addEventListener("focus", () => show(now(), chart.case));
    frame.addEventListener("keydown", (event) => {
      const page = Math.max(Math.round(last / 20), 1);
      const steps = {
        ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1,
        PageDown: -page, PageUp: page, Home: -last, End: last,
      };
      if (!(event.key in steps)) return;
      event.preventDefault();
      show(Math.min(Math.max(now() + steps[event.key], 0), last), chart.case);
    });
  }
})();
