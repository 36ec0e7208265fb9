/** How followers go on, on streams that a test makes up: from which position, after which errors, with which marks. */

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { follow } from "../../clients/typescript/src/follow.js";
import { KeyValueError, type StartPosition } from "../../clients/typescript/src/index.js";

interface Reply {
  readonly resumeToken: string;
  readonly synced?: boolean;
}

type Step = Reply | KeyValueError;

const gone = new KeyValueError("gone", {
  reason: "UNREACHABLE",
  code: status.UNAVAILABLE,
  retryAfterMs: 1,
});

function slow(token?: string): KeyValueError {
  const metadata = token === undefined ? {} : { resume_token: token };
  const options = { reason: "SLOW_FOLLOWER", code: status.RESOURCE_EXHAUSTED, metadata };
  return new KeyValueError("slow", { ...options, retryAfterMs: 1 });
}

/** What is told of these streams, one after the other, and where each was opened. */
async function told(
  start: StartPosition,
  ...streams: readonly (readonly Step[])[]
): Promise<{ readonly opened: StartPosition[]; readonly lines: string[]; readonly end: unknown }> {
  const opened: StartPosition[] = [];
  const lines: string[] = [];
  const ended = new Error("the test has no more streams");
  async function* open(at: StartPosition): AsyncGenerator<Reply> {
    const steps = streams[opened.length];
    opened.push(at);
    if (steps === undefined) throw ended;
    for (const step of steps) {
      if (step instanceof KeyValueError) throw step;
      yield await Promise.resolve(step);
    }
  }
  try {
    const toMessage = (
      { resumeToken }: Reply,
      { isRestarted }: { readonly isRestarted: boolean },
    ) => `${resumeToken}${isRestarted ? " restarted" : ""}`;
    for await (const line of follow({ start, open, toMessage, signals: [] })) lines.push(line);
  } catch (error) {
    return { opened, lines, end: error === ended ? undefined : error };
  }
  throw new Error("a follower has no end of its own");
}

describe("a follower of the client for TypeScript", () => {
  it("goes on after the last message that it gave out, also when the stream just ends", async () => {
    const { opened, lines } = await told(
      "now",
      [{ resumeToken: "a" }, { resumeToken: "b" }, gone],
      [],
      [{ resumeToken: "c" }],
      [slow("too far")],
    );
    expect(lines).to.deep.equal(["a", "b", "c"]);
    expect(opened).to.deep.equal([
      ...["now", { resumeToken: "b" }, { resumeToken: "b" }, { resumeToken: "c" }],
      { resumeToken: "too far" },
    ]);
  });

  it("begins where it was to begin while it was told nothing", async () => {
    const { opened } = await told({ revision: 7 }, [gone], [slow()]);
    expect(opened).to.deep.equal([{ revision: 7 }, { revision: 7 }, { revision: 7 }]);
  });

  it("begins the current state again until all of it was told, and says so", async () => {
    const { opened, lines } = await told(
      "current-state",
      [gone],
      [{ resumeToken: "a" }, gone],
      [{ resumeToken: "b" }, { resumeToken: "c", synced: true }, gone],
      [{ resumeToken: "d" }],
    );
    expect(lines).to.deep.equal(["a", "b restarted", "c", "d"]);
    expect(opened).to.deep.equal([
      ...["current-state", "current-state", "current-state"],
      ...[{ resumeToken: "c" }, { resumeToken: "d" }],
    ]);
  });

  it("ends with what cannot be mended", async () => {
    for (const reason of [
      "REVISION_COMPACTED",
      "HISTORY_CHANGED",
      "INVALID_FIELD",
      "SOMETHING_NEW",
    ]) {
      const error = new KeyValueError(reason, { reason, code: status.OUT_OF_RANGE });
      const { opened, end } = await told("now", [{ resumeToken: "a" }, error]);
      expect(end).to.equal(error);
      expect(opened).to.have.lengthOf(1);
    }
  });
});
