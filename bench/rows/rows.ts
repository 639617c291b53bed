import type { Row } from "../row.js";
import { allocation } from "./allocation.js";
import { beats } from "./beats.js";
import { bulkAppend } from "./bulk-append.js";
import type { RowContext } from "./context.js";
import { dataState, dataStateFile } from "./data-state.js";
import { growth, growthCalls, growthOpen } from "./growth.js";
import { groupedAppend } from "./grouped-append.js";
import { live } from "./live.js";
import { opening } from "./opening.js";
import { operations } from "./operations.js";
import { rebuild } from "./rebuild.js";
import { singleAppend } from "./single-append.js";
import { timeTravel } from "./time-travel.js";

/** Every row, in the order in which they are run. Those that share large fixtures stand together. */
export function allRows(context: RowContext): readonly Row[] {
  return [
    singleAppend(context),
    groupedAppend("grouped-64", context),
    groupedAppend("grouped-1024", context),
    bulkAppend(context),
    allocation(context),
    live(context),
    beats(context),
    operations(context),
    rebuild(context),
    timeTravel(context),
    opening(context),
    growth(context),
    growthOpen(context),
    growthCalls(context),
    dataState(context),
    dataStateFile(context),
  ];
}
