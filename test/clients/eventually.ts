/** Waits until something is so that only another process, or another connection, brings about. */

const MS_MAX = 15_000;
const POLL_MS = 2;

export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + MS_MAX;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`it never came to pass that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
