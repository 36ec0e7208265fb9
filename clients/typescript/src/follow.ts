/**
 * Follows a stream of the server without an end: connects again by itself, and goes on from the last token that it gave out, so that nothing
 * is missed and nothing is told twice by the reconnect. What began with the current state and has not told all of
 * it begins again with it.
 */

import { status } from "@grpc/grpc-js";

import { KeyValueError } from "./key-value-error.js";
import { pause } from "./pause.js";
import { waitMsAfter } from "./retry-policy.js";
import type { StartPosition } from "./watch-types.js";

const UNAVAILABLE: number = status.UNAVAILABLE;

/** What every message of a stream that can be followed has. */
interface Reply {
  readonly resumeToken: string;
  readonly synced?: boolean;
}

export interface Following<Wire extends Reply, Message> {
  readonly start: StartPosition;
  /** Opens the stream there. */
  readonly open: (start: StartPosition) => AsyncIterable<Wire>;
  /** `isRestarted`: it is the first of a current state that begins again. */
  readonly toMessage: (reply: Wire, state: { readonly isRestarted: boolean }) => Message;
  /** When one of them aborts, a wait ends, and `open` fails. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

export async function* follow<Wire extends Reply, Message>(
  following: Following<Wire, Message>,
): AsyncGenerator<Message, void, undefined> {
  let position = following.start;
  let isRestarted = false;
  let failureCount = 0;
  for (;;) {
    let error: KeyValueError | undefined;
    let hasCome = false;
    try {
      for await (const reply of following.open(position)) {
        hasCome = true;
        failureCount = 0;
        const message = following.toMessage(reply, { isRestarted });
        isRestarted = false;
        if (position !== "current-state" || reply.synced === true) {
          position = { resumeToken: reply.resumeToken };
        }
        yield message;
      }
    } catch (problem) {
      if (!isMended(problem)) throw problem;
      error = problem;
    }
    if (position === "current-state") isRestarted ||= hasCome;
    else if (!hasCome) position = tokenIn(error) ?? position;
    failureCount += 1;
    await pause(waitMsAfter(failureCount, error ?? {}), ...following.signals);
  }
}

/** Whether connecting again is of use. */
function isMended(error: unknown): error is KeyValueError {
  if (!(error instanceof KeyValueError)) return false;
  const { code, reason } = error;
  return code === UNAVAILABLE || reason === "SLOW_FOLLOWER" || reason === "OVERLOADED";
}

function tokenIn(error: KeyValueError | undefined): StartPosition | undefined {
  const token = error?.metadata["resume_token"];
  return token === undefined || token === "" ? undefined : { resumeToken: token };
}
