import { model, Schema } from "mongoose";
import { jobContext } from "../../../src/index.ts";
import { delayable } from "../../../src/records/mongoose.ts";
import { fetchPage } from "./elsewhere.ts";

const feedSchema = new Schema(
  { url: { type: String, required: true }, pages: { type: Number, required: true } },
  {
    methods: {
      async importPages(): Promise<number> {
        const { signal, checkpoint, progress } = jobContext<{ page: number }>();
        for (let page = checkpoint.value?.page ?? 0; page < this.pages; page++) {
          await fetchPage(`${this.url}?page=${page}`, { signal });
          await checkpoint.save({ page: page + 1 });
          progress((page + 1) / this.pages, `page ${page + 1}`);
        }
        return this.pages;
      },
    },
  },
);

export const Feed = delayable(model("Feed", feedSchema));
