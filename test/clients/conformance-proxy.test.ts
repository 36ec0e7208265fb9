/** The proxy between clients and the server: it hands on, loses what it is told to lose, and cuts. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

import { expect } from "chai";

import { Proxy } from "../../clients/conformance/src/proxy.js";

describe("the proxy of the conformance run", () => {
  let echo: Server;
  let proxy: Proxy;
  let heard = "";
  let onHeard: () => void = () => undefined;
  const sockets: Socket[] = [];

  before(async () => {
    echo = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        heard += chunk.toString();
        onHeard();
        socket.write(chunk);
      });
    }).listen(0, "127.0.0.1");
    await once(echo, "listening");
    proxy = await Proxy.start();
  });

  beforeEach(() => {
    heard = "";
    proxy.targetPort = (echo.address() as AddressInfo).port;
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    proxy.cut();
  });

  after(async () => {
    await proxy.stop();
    echo.close();
  });

  function dial(): Socket {
    const [host = "", port = ""] = proxy.address.split(":");
    const socket = connect(Number(port), host);
    socket.on("error", () => undefined);
    sockets.push(socket);
    return socket;
  }

  async function whenHeard(text: string): Promise<void> {
    while (heard !== text) await new Promise<void>((resolve) => (onHeard = resolve));
  }

  it("hands on both ways, more than its buffers hold and in order", async () => {
    const socket = dial();
    const sent = Buffer.alloc(5_000_000, "0123456789");
    socket.write(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      if (Buffer.concat(chunks).length >= sent.length) break;
    }
    expect(Buffer.concat(chunks).equals(sent)).to.equal(true);
  });

  it("loses what the server says from then on, until a cut, and nothing of what it is told", async () => {
    const lossy = dial();
    lossy.write("a");
    await once(lossy, "data");
    proxy.loseReplies();
    let isAnswered = false;
    lossy.on("data", () => (isAnswered = true));
    lossy.write("b");
    await whenHeard("ab");
    const closed = closeOf(lossy);
    proxy.cut();
    await closed;
    expect(isAnswered).to.equal(false);
    const next = dial();
    next.write("c");
    const [answer] = (await once(next, "data")) as [Buffer];
    expect(answer.toString()).to.equal("c");
  });

  it("lets nothing pass over connections that it froze, and does not end them; others work", async () => {
    const frozen = dial();
    frozen.write("a");
    await once(frozen, "data");
    proxy.freeze();
    let happened = "";
    frozen.on("data", () => (happened += "data")).on("close", () => (happened += "close"));
    frozen.write("b");
    const next = dial();
    next.write("c");
    await once(next, "data");
    await whenHeard("ac");
    expect(happened).to.equal("");
    const closed = closeOf(frozen);
    proxy.cut();
    await closed;
  });

  it("ends connections at once where no server is, and when the server ends them", async () => {
    proxy.targetPort = undefined;
    await closeOf(dial());
    const gone = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(gone, "listening");
    proxy.targetPort = (gone.address() as AddressInfo).port;
    await closeOf(dial());
    gone.close();
  });
});

/** Unlike `once`, whatever error comes before. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
