/** The features that a model learned, in the words that analysts read beside a score. */
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { Box } from "../../ui/atoms";
import { many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { Table } from "../../ui/table";
import type { History } from "./words";

interface Row {
  name: string;
  description: string | null;
  isOwn: boolean;
}

export function FeaturesBox({ model }: { model: History }) {
  const asked = useAsked("features", (signal) => answered(api.GET("/api/v1/models/features", { signal })));
  return (
    <Box title="What it looks at" aside={<span class="quiet">{many(model.features.length, "feature")}</span>}>
      <Shown asked={asked} what="what features tell">
        {({ features }) => (
          <Table
            name="Features"
            rows={model.features.map((name): Row => {
              const found = features.find((one) => one.name === name);
              return { name, description: found?.description ?? null, isOwn: found?.own ?? false };
            })}
            id={(one) => one.name}
            label={(one) => one.name}
            columns={[
              { head: "Feature", cell: (one) => one.name.replaceAll("_", " "), by: (one) => one.name },
              {
                head: "Tells",
                cell: (one) =>
                  one.description ?? <span class="quiet">not computed any more: the model must be trained anew</span>,
              },
              {
                head: "About",
                cell: (one) => (one.isOwn ? "itself" : "those around"),
                by: (one) => String(one.isOwn),
              },
            ]}
          />
        )}
      </Shown>
    </Box>
  );
}
