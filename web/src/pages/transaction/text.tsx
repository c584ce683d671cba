/** What the transaction says about people, while it is kept. */
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { Box } from "../../ui/atoms";
import { Shown } from "../../ui/states";

export function Text({ transaction }: { transaction: string }) {
  const asked = useAsked(transaction, (signal) =>
    answered(api.GET("/api/v1/transactions/{key}/text", { params: { path: { key: transaction } }, signal })),
  );
  return (
    <Box title="Personal text">
      <div class="inside">
        <Shown asked={asked} what="the text">
          {(found) =>
            found.purpose === null && found.customer_reference === null ? (
              <p class="quiet">None: it was sent without purpose and customer reference, or they were erased.</p>
            ) : (
              <dl class="facts">
                {found.purpose !== null && (
                  <>
                    <dt>Purpose</dt>
                    <dd>{found.purpose}</dd>
                  </>
                )}
                {found.customer_reference !== null && (
                  <>
                    <dt>Customer reference</dt>
                    <dd>{found.customer_reference}</dd>
                  </>
                )}
              </dl>
            )
          }
        </Shown>
      </div>
    </Box>
  );
}
