import { WorkerEntrypoint } from "cloudflare:workers";
import { answer } from "./answer.js";
import { standInError } from "./errors.js";
import { outcomeOfError, recordLine } from "./record.js";
import { readForm, readRequest } from "./request.js";

/**
 * Replaces the `AI` binding: `run` has the parameters and results of the real one for the image
 * models of models.js (developers.cloudflare.com/workers-ai/configuration/bindings/). It logs every
 * call.
 */
export class WorkersAI extends WorkerEntrypoint {
  async run(model, inputs, options) {
    const call = { model, inputs, options };
    try {
      if (options?.returnRawResponse) throw standInError("the option returnRawResponse is not supported");
      call.inputs = await readForm(inputs, options);
      const { value, outcome } = await answer(readRequest(model, call.inputs));
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
    return new Response("This Worker is the stand-in for Workers AI. It has no HTTP routes; use its binding.\n", { status: 404 });
  },
};
