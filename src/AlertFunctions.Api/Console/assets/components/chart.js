import { html, useEffect, useRef } from '../view.js';
import uPlot from '../libraries/uplot.js';
import { number, t } from '../texts/index.js';

/**
 * A chart of days, by uPlot, with the same figures as a table for those who do not see it.
 * @param label What it shows.
 * @param days `YYYY-MM-DD` each.
 * @param series `{ label, color: name of a token, values, addressOf: index of a day => where its figure leads }` each.
 */
export function DayChart({ label, days, series, height = 180 }) {
  const place = useRef(null);
  const state = JSON.stringify([days, series, height]);

  useEffect(() => {
    const element = place.current;
    const style = getComputedStyle(document.documentElement);
    const token = name => {
      const probe = Object.assign(document.createElement('span'), { hidden: true });
      probe.style.color = `var(--${name})`;
      document.body.append(probe);
      const color = getComputedStyle(probe).color;
      probe.remove();
      return color;
    };
    const draw = () => {
      const axis = { stroke: token('quiet'), grid: { stroke: token('line'), width: 1 }, ticks: { show: false }, font: `12px ${style.fontFamily}` };
      return new uPlot({
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 18, 0, 0],
        scales: { x: { time: false, range: [-0.6, days.length - 0.4] }, y: { range: (_, least, most) => [0, Math.max(4, most)] } },
        axes: [
          { ...axis, size: 28, grid: { show: false }, values: (_, places) => places.map(place => days[place]?.slice(5).replace('-', '/') ?? ''), splits: () => days.map((_, index) => index).filter(index => (days.length - 1 - index) % 7 === 0) },
          { ...axis, size: 40, values: (_, values) => values.map(value => Number.isInteger(value) ? number(value) : '') },
        ],
        series: [{}, ...series.map((one, index) => ({
          label: one.label,
          stroke: token(one.color),
          fill: index === 0 ? token(one.color) : undefined,
          width: index === 0 ? 0 : 2,
          paths: index === 0 ? uPlot.paths.bars({ size: [0.7, 32] }) : undefined,
          points: { show: false },
        }))],
      }, [days.map((_, index) => index), ...series.map(one => one.values)], element);
    };
    let chart = draw();
    const redraw = () => {
      chart.destroy();
      chart = draw();
    };
    const size = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    size.observe(element);
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      size.disconnect();
      themes.disconnect();
      scheme.removeEventListener('change', redraw);
      chart.destroy();
    };
  }, [state]);

  return html`
    <figure class="chart">
      <figcaption>${label}
        <span class="keys">${series.map(one => html`<span key=${one.color} class=${`key ${one.color}`}>${one.label}</span>`)}</span>
      </figcaption>
      <div ref=${place} aria-hidden="true"></div>
      <details>
        <summary>${t('chart.figures')}</summary>
        <table class="figures">
          <thead><tr><th scope="col">${t('chart.day')}</th>${series.map(one => html`<th key=${one.color} scope="col">${one.label}</th>`)}</tr></thead>
          <tbody>${days.map((day, index) => html`<tr key=${day}><th scope="row">${day}</th>${series.map(one => html`<td key=${one.color}>${one.values[index] ? html`<a href=${one.addressOf(index)}>${number(one.values[index])}</a>` : number(0)}</td>`)}</tr>`)}</tbody>
        </table>
      </details>
    </figure>`;
}
