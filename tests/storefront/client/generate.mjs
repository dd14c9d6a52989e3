// Generates a typed client: generate.mjs SCHEMA DOCUMENTS OUTPUT
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const [schema, documents, filename] = process.argv.slice(2);

const generated = await codegen({
  filename,
  schema: parse(readFileSync(schema, "utf8")),
  documents: [{ location: documents, document: parse(readFileSync(documents, "utf8")) }],
  config: {
    strictScalars: true,
    useTypeImports: true,
    enumsAsTypes: true,
    scalars: { Decimal: "string", GenericScalar: "unknown" },
  },
  plugins: [{ typescript: {} }, { typescriptOperations: {} }, { typedDocumentNode: {} }],
  pluginMap: { typescript, typescriptOperations, typedDocumentNode },
});
writeFileSync(filename, generated);
