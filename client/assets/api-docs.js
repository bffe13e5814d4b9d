window.SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers['x-csrf-token'] = document.body.dataset.csrf;
    return request;
  },
});
