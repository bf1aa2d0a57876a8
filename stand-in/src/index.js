import { WorkerEntrypoint } from "cloudflare:workers";
import { answer } from "./answer.js";
import { standInError } from "./errors.js";
import { outcomeOfError, recordLine } from "./record.js";
import { readForm, understand } from "./request.js";

/**
 * Stands in for the `AI` binding: `run` takes and returns what the real one does for the image
 * models of models.js (developers.cloudflare.com/workers-ai/configuration/bindings/), and logs each
 * call.
 */
export class WorkersAI extends WorkerEntrypoint {
  async run(model, inputs, options) {
    const call = { model, inputs, options };
    try {
      if (options?.returnRawResponse) throw standInError("the option returnRawResponse is not supported");
      call.inputs = await readForm(inputs, options);
      const { value, outcome } = await answer(understand(model, call.inputs));
      call.outcome = outcome;
      return value;
    } catch (error) {
      call.outcome = outcomeOfError(error);
      throw error;
    } finally {
      console.log(recordLine(call));
    }
  }
}

export default {
  fetch() {
    return new Response("This Worker stands in for Workers AI and answers only through a binding.\n", { status: 404 });
  },
};
