/** A way to a server that a test can cut: the proxy of the conformance run, between a client and the server. */

import { Proxy } from "../../clients/conformance/src/proxy.js";

export async function proxyTo(address: string): Promise<Proxy> {
  const proxy = await Proxy.start();
  proxy.targetPort = portOf(address);
  return proxy;
}

export function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}
