import type { OpenContender } from "../support/contender.ts";
import { mongoAt } from "../support/store-at.ts";
import { contenderOn } from "./ours.ts";

/** Our queue on MongoDB. */
export const open: OpenContender = async ({ uri, concurrency, onCommand }) => {
  const { store, close } = await mongoAt(uri, onCommand);
  return contenderOn(store, {
    concurrency,
    close,
    failAll: async (handler) => {
      const failed = {
        state: "failed",
        lastError: "Error: no",
        failReason: "exhausted",
        failedAt: new Date(),
      };
      await store.model.collection.updateMany({ handler }, { $set: { ...failed, attempts: 25 } });
    },
  });
};
