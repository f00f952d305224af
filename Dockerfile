# One image for the shop under test and for the replica's two helpers, `prepare` and `pager` (docker-compose.yml).
#
# Nothing is installed or compiled in here. `npm ci` on the host has done both (it builds dist/), and the few packages that
# the shop needs are plain JavaScript, the same on every machine. So the build needs no package registry, takes seconds,
# and the containers run the very code that the tests ran. .dockerignore names all that is let in.
FROM node:24-slim
WORKDIR /shop
COPY package.json ./
COPY node_modules node_modules
COPY dist dist
USER node
EXPOSE 8080
CMD ["node", "dist/shop/main.js", "/etc/shop/instance.json"]
