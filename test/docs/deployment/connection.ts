import mongoose from "mongoose";
import { configure } from "../../../src/index.ts";

mongoose.connect(process.env.MONGODB_URI ?? "mongodb://127.0.0.1/shop").catch(() => undefined); // the store tells of it
configure({ mongoose: mongoose.connection });
