"use strict";

// The page stands at the endpoint's own address: queries are posted to where it came from.
const defaultQuery = `# Headers, such as Accept-Language: fr, go below.
# Ctrl+Space completes, Ctrl+Enter runs.

query FirstProducts {
  products(pageSize: 5) {
    totalCount
    products {
      id
      name
      slug
      price
    }
  }
}
`;

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
root.render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultQuery,
    isHeadersEditorEnabled: true,
    defaultEditorToolsVisibility: "headers",
    // Tokens do not belong into the browser's storage.
    shouldPersistHeaders: false,
  }),
);
