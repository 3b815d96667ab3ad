// Draws docs/how-to/dashboard.svg from docs/how-to/dashboard.json: node tools/write-dashboard.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { drawDashboard } from "./dashboard/render.ts";

writeFileSync(path.resolve(import.meta.dirname, "../docs/how-to/dashboard.svg"), drawDashboard());
