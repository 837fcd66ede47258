import { html } from '../../view.js';
import { overview } from '../../data/overview.js';
import { DayChart } from '../../components/chart.js';
import { Loading } from '../../components/states.js';

export default function OverviewPage() {
  const state = overview.value;
  if (!state) return html`<${Loading} />`;
  return html`<${DayChart} label="x" days=${state.days.map(day => day.day)} series=${[{ label: 'raised', color: 'accent', values: state.days.map(day => day.raised) }, { label: 'cleared', color: 'good', values: state.days.map(day => day.cleared) }]} />`;
}
