/** Tells how a search gets on: on a terminal in one line that is written again, elsewhere a line now and then. */

const QUIET_SECONDS = 30;

export interface Goal {
  readonly states: number;
  readonly durationMs: number;
}

export class Progress {
  readonly #goal: Goal;
  #toldAt = 0;

  constructor(goal: Goal) {
    this.#goal = goal;
  }

  tell(states: number, seconds: number): void {
    const line = describeProgress(this.#goal, states, seconds);
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
    else if (seconds - this.#toldAt >= QUIET_SECONDS) {
      this.#toldAt = seconds;
      console.log(line);
    }
  }

  clear(): void {
    if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  }
}

/** Such as `312,400 of 1,000,000 states, 640 a second, 18 min left`. */
export function describeProgress(goal: Goal, states: number, seconds: number): string {
  const rate = states / seconds;
  const leftStates = goal.states - states;
  const leftSeconds = Math.max(0, Math.min(leftStates / rate, goal.durationMs / 1000 - seconds));
  const of = Number.isFinite(goal.states) ? ` of ${goal.states.toLocaleString("en")}` : "";
  const left = Number.isFinite(leftSeconds) ? `, ${inWords(leftSeconds)} left` : "";
  return `${states.toLocaleString("en")}${of} states, ${rate.toFixed(0)} a second${left}`;
}

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}
