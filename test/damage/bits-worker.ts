/** One thread of `make damage`: turns its share of the bits of one store. */

import { parentPort, workerData } from "node:worker_threads";

import type { DamageWork } from "./main.js";
import { makeSpecimen } from "./specimens.js";
import { tallyBits } from "./tables.js";

const { name, scale, part, parts } = workerData as DamageWork;
const specimen = await makeSpecimen(name, { scale });
parentPort?.postMessage(await tallyBits(specimen, { part, parts }));
