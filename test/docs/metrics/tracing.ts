import { configure } from "../../../src/index.ts";
import { openTelemetry } from "../../../src/telemetry/index.ts";

configure({ plugins: [openTelemetry()] });
