// Calls go to this origin with the staff cookie, so an operator who is logged in can try them.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  persistAuthorization: false,
});
