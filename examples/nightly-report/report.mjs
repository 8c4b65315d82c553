/**
 * The report of a night. One of the replicas is given the tick; which day it is about is said by the instant that was
 * planned, not by the clock: a tick that is late, or runs again, makes the same report.
 *
 * @type {import('tributary-host').Handler}
 */
export async function handle(event) {
  const { scheduledAt, attempt } = event.cron;
  const day = dayBefore(scheduledAt);
  const totals = await totalsOf(day);
  console.log(`report for the tick of ${scheduledAt}, attempt ${attempt}`);
  const sum = totals.reduce((total, one) => total + one, 0);
  return { statusCode: 200, body: { day, orders: totals.length, sum } };
}

function dayBefore(instant) {
  const day = new Date(instant);
  day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

/** In earnest a query. An error that it throws fails the run, which is then tried again. */
async function totalsOf(_day) {
  return [12.5, 30, 7.25];
}
