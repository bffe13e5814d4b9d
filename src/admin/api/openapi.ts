import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ANSWERS } from './answers.js';
import { jsonSchemaOf, loadSwagger } from './documented.js';

/** The description of the API; bodies and answers come from the schemas that check them. */
export async function openApiDocument(app: INestApplication, version: string): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await loadSwagger();
  const base = new DocumentBuilder()
    .setTitle('Backup Orchestrator')
    .setDescription(
      'Errors are `{error:{code,message,hint}}`, lists `{items,next_cursor}`, instants ISO 8601 UTC.',
    )
    // JSON Schema as zod writes it (null types, examples) is that of 3.1.
    .setOpenAPIVersion('3.1.0')
    .setVersion(version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'APP_API_TOKEN of the agent' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  const schemas = Object.fromEntries(
    Object.entries(ANSWERS).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
  );
  return { ...document, components: { ...document.components, schemas } };
}
