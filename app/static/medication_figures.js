// Draws the supervisor's charts from the page's own figures; the tables beside them say the same.
"use strict";

(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  // Rounded down, as the tables have it.
  const percent = (share) => (share == null ? "—" : `${(Math.floor(share * 1000 + 1e-6) / 10).toFixed(1)}%`);
  const fontSize = 13;
  const axisLabel = { fontSize };
  const legend = { top: 0, textStyle: { fontSize } };
  const axisCount = { type: "value", minInterval: 1, axisLabel };
  const axisPercent = { type: "value", min: 0, max: 1, axisLabel: { fontSize, formatter: (share) => `${share * 100}%` } };
  const grid = { left: 8, right: 16, top: 40, bottom: 8, containLabel: true };
  const line = token("line");

  const DRAWN = {
    days: (rows) => ({
      grid,
      legend,
      tooltip: { trigger: "axis" },
      xAxis: { type: "category", axisLabel, data: rows.map(([on]) => on.slice(5).replace("-", "/")) },
      yAxis: [{ ...axisCount, splitLine: { lineStyle: { color: line } } }, { ...axisPercent, splitLine: { show: false } }],
      series: [
        { name: "收到（段）", type: "bar", data: rows.map(([, received]) => received), itemStyle: { color: token("figure-accent") } },
        {
          name: "24 小时内审完", type: "line", yAxisIndex: 1, data: rows.map(([, , share]) => share), color: token("ok"),
          tooltip: { valueFormatter: percent },
          markLine: { silent: true, symbol: "none", data: [{ yAxis: 0.9 }], label: { fontSize, formatter: "目标 90%", position: "insideEndTop" }, lineStyle: { color: token("held") } },
        },
      ],
    }),
    backlog: (rows) => ({
      grid: { ...grid, top: 8, right: 32 },  // the figure beside the longest bar
      tooltip: {},
      xAxis: { ...axisCount, splitLine: { lineStyle: { color: line } } },
      yAxis: { type: "category", inverse: true, axisLabel, data: rows.map(([word]) => word) },
      series: [{
        type: "bar", label: { show: true, fontSize, position: "right" },
        data: rows.map(([, value], index) => ({ value, itemStyle: { color: index < 3 ? token("accent") : token("danger") } })),
      }],
    }),
    branches: (rows) => ({
      grid,
      legend,
      tooltip: { trigger: "axis", valueFormatter: percent },
      xAxis: { ...axisPercent, splitLine: { lineStyle: { color: line } } },
      yAxis: { type: "category", inverse: true, axisLabel, data: rows.map(([name]) => name) },
      series: [["看到服药", "ok"], ["核实", "accent"], ["报告", "held"]].map(([name, color], index) => ({
        name, type: "bar", color: token(color), data: rows.map((row) => row[index + 1]),
      })),
    }),
  };

  const source = document.getElementById("charts");
  if (!source || !window.echarts) return;
  const data = JSON.parse(source.textContent);
  const charts = [...document.querySelectorAll("[data-chart]")].map((box) => {
    const rows = data[box.dataset.chart];
    if (box.dataset.chart === "branches") box.style.height = `${Math.max(200, 80 + rows.length * 56)}px`;
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...DRAWN[box.dataset.chart](rows) });
    return chart;
  });
  window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
})();
