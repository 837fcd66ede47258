import { html } from '../../view.js';
import { fault, overview, refresh, staleSince } from '../../data/overview.js';
import { DayChart } from '../../components/chart.js';
import { Failure, Loading } from '../../components/states.js';
import { startOfDay } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';
import { FirstSteps } from './firstSteps.js';
import { Figures } from './figures.js';
import { Health } from './health.js';
import { LatestEvents } from './latestEvents.js';
import { Tools } from './tools.js';
import { Types } from './types.js';

const alertStarted = 190;
const alertEnded = 192;

/** The system events of one number on one day. */
const eventsOf = (id, days) => index => addressOf('system-events', { id, from: startOfDay(days[index].day), to: startOfDay(days[index + 1]?.day) });

/** How things stand, in one screen; as a wall board without the navigation and larger. */
export default function OverviewPage({ query }) {
  const state = overview.value;
  if (!state) return fault.value ? html`<${Failure} error=${fault.value} onRetry=${() => refresh()} />` : html`<${Loading} />`;
  return html`
    <div class=${staleSince.value ? 'overview stale' : 'overview'}>
      <${Tools} wall=${Boolean(query.wall)} />
      <${FirstSteps} state=${state} />
      <${Figures} state=${state} />
      <section class="panel per-day">
        <${DayChart} label=${t('overview.perDay')} days=${state.days.map(day => day.day)} series=${[
          { label: t('overview.raised'), color: 'accent', values: state.days.map(day => day.raised), addressOf: eventsOf(alertStarted, state.days) },
          { label: t('overview.cleared'), color: 'good', values: state.days.map(day => day.cleared), addressOf: eventsOf(alertEnded, state.days) },
        ]} />
      </section>
      <${Types} types=${state.alerts.types} />
      <${Health} health=${state.health} />
      <${LatestEvents} events=${state.systemEvents} />
    </div>`;
}
