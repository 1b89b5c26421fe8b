export { ApplicationMailer } from "../../../../mailers/application-mailer.ts";
